# Of these two levels one belongs to another architecture.
case $(uname -m) in
    aarch64) axl cpu --cpu avx2 ;;
    *) axl cpu --cpu neon ;;
esac
