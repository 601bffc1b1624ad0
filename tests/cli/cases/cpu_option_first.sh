AXL_CPU=fast axl cpu --cpu scalar | grep level
AXL_CPU= axl cpu | grep level
