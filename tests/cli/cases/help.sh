axl help
