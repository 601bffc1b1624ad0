axl models --json >all
json_check 0.name 0.title 0.params 0.published_params 0.d_model 0.n_heads 0.d_ff \
    0.n_layers_per_scale 0.n_cross_attn_layers 0.max_seq_len 0.vocab_size 0.dropout 0.optimizer \
    0.train_bytes 0.run_bytes 0.train_flops_per_byte 0.run_flops_per_byte 0.task 0.use 0.note \
    24.name <all
grep -o '"name": "code-1b", .*"params": [0-9]*, "published_params": [0-9]*' all
grep -c '"published_params": null' all
# One preset is one object.
axl models code-1b --json | json_check name params optimizer
