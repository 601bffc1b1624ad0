// The files of web/, which are part of the library: the page at / and the one of a training.
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct page_file {
    const char *path;           // "/index.html"
    const char *media;          // "text/html; charset=utf-8"
    const char *etag;           // with its quotes; another one when the bytes are others
    const unsigned char *bytes; // [size]
    size_t size;
} page_file;

extern const page_file page_files[]; // [page_file_count]
extern const size_t page_file_count;

// The file of a path; "/" is "/index.html". NULL: there is none.
const page_file *page_find(const char *path);

// Whether a client's If-None-Match (NULL: it has none) says that it has these bytes already.
bool page_known(const page_file *file, const char *if_none_match);

// The Content-Security-Policy of every one of them: nothing from elsewhere, no script and no style
// in the text of a page, no form, no frame around it.
#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                    \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#endif
