# The reader goes away before anything is written: no message, and the status of an I/O error.
(sleep 1; axl help; echo "status $?" >&2) | true
