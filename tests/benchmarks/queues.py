"""The rivals that are job queues: every rule is a job, and the handler does for it what the row-by-row loop does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from queue import SimpleQueue
from uuid import UUID

import procrastinate
import psycopg
from pgqueuer import PsycopgDriver, Queries, QueueManager
from pgqueuer.models import Job
from pgqueuer.types import QueueExecutionMode
from procrastinate.jobs import DeleteJobCondition

from tests.benchmarks import row_by_row
from tests.benchmarks.row_by_row import RowConnection

WORKERS = 4
