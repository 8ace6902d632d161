"""The clean pytest run that audits: what happens inside the process that `launch` starts, and in its workers."""
