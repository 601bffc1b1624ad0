# One preset in full, whatever it is called; then one that is not what was published.
axl models micro-lion
axl models micro-lion >plain
for name in micro Micro AXL-Micro-Lion axl-micro; do axl models "$name" | cmp - plain; done
axl models coder-15m
