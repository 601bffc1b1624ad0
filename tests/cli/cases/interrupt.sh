timeout --version >/dev/null 2>&1 || exit 77
# Three seconds: built with a sanitizer and on a busy machine it takes one to begin.
timeout --preserve-status -s INT 3 axl bench peak
