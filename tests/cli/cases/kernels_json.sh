axl bench kernels --quick --json --threads 2 | json_check threads level quick dispatch_us handoff_us \
    attention.gflops attention.peak attention.share rows.0.kernel rows.0.gbytes_per_s \
    rows.0.copy_gbytes_per_s rows.0.share rows.20.kernel
