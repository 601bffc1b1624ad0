command -v bash >/dev/null || exit 77
axl help --completion bash >script || exit
bash -c '
    . ./script
    complete_words() {
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _axl
        echo "$* [${COMPREPLY[*]}]"
    }
    complete_words axl be
    complete_words axl bench ""
    complete_words axl bench gemm --no
    complete_words axl cpu --cpu avx51
    complete_words axl cpu --threads ""
    complete_words axl help v
    complete_words axl models mic
    complete_words axl suggest --ram ""
    complete_words axl suggest --data scr
'
