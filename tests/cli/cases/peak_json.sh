axl bench peak --quick --json --threads 2 | json_check threads level quick f32.unit f32.one.median \
    f32.all.min bf16.how int8.how int8.all.max l2_read.bytes l3_read.one.median \
    dram_read.all.median dram_copy.all.median
