small="--set d_model=32 --set n_heads=2 --set d_ff=40 --set n_layers_per_scale=1"
axl bench train --quick --threads 2 --batch 2 --length 30 $small
axl bench decode --quick --threads 1 $small
axl bench prefill --quick --threads 1 --batch 1 $small
