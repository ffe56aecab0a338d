"""Who calls: a verified token's user and roles, what those may do, and whose objects they may see."""
