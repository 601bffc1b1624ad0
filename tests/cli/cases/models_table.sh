axl models
