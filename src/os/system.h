// Feature switches of the files in os/ that need more than POSIX 2008. Must be the first include of
// such a file; files that do not need it (error text: the POSIX strerror_r) leave it out. Private
// to os/.
#ifndef OS_SYSTEM_H
#define OS_SYSTEM_H

#if defined(__APPLE__)
#define _DARWIN_C_SOURCE 1
#elif !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif

#endif
