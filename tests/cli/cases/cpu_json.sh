axl cpu --json | json_check processor threads memory_available level level_from best features \
    levels.0.name levels.0.runs levels.0.needs
