"""Everything that can be refused, as small classes with a code and the next step.

`message` says what is wrong and names the field, file or object; `hint` says what to do next.
"""

from __future__ import annotations


class AutomationError(Exception):
    """The base of all our own errors: a code for machines, a message and a next step for people."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(AutomationError):
    """A value from outside is not acceptable; `field` is its path, as in `allocations[1].percent`."""

    code = "invalid_input"

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{field}: {message}", hint=hint)
        self.field = field


class NotFound(AutomationError):
    """The named object does not exist, or is not visible to the caller."""

    code = "not_found"


class Conflict(AutomationError):
    """The object is not in a state that allows what was asked."""

    code = "conflict"


class PreconditionRequired(AutomationError):
    """A change does not say which version of the object its caller has seen."""

    code = "precondition_required"


class Changed(AutomationError):
    """The object is no longer what the caller has seen of it."""

    code = "changed"


class InFlight(AutomationError):
    """The same request is being done already."""

    code = "in_flight"


class KeyReused(AutomationError):
    """An Idempotency-Key stands for another request already."""

    code = "idempotency_key_reused"


class TooManyRequests(AutomationError):
    """An allowance is used up; `after` is how many seconds it takes until it is not."""

    code = "too_many_requests"

    def __init__(self, message: str, after: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.after = after


class Unauthenticated(AutomationError):
    """The caller has shown no token, or one that proves nothing."""

    code = "unauthenticated"


class Forbidden(AutomationError):
    """The caller is known, but none of its roles allows what was asked."""

    code = "forbidden"


class IdentityUnavailable(AutomationError):
    """The issuer's keys can't be had now, so no token can be verified."""

    code = "identity_unavailable"


class ConfigurationError(AutomationError):
    """A setting is missing or contradicts another."""

    code = "configuration"


class DataRefused(AutomationError):
    """The database refused a row: a constraint, named in the message, or a value that its column can't hold."""

    code = "data_refused"


class DatabaseUnavailable(AutomationError):
    """PostgreSQL can't be started or reached."""

    code = "database_unavailable"


class FeedUnavailable(AutomationError):
    """A feed can't be fetched now; it may answer later."""

    code = "feed_unavailable"


class MigrationError(AutomationError):
    """The schema can't be brought up to date."""

    code = "migration"
