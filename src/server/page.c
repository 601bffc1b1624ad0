#include "server/page.h"

#include <string.h>

const page_file *page_find(const char *path) {
    if (strcmp(path, "/") == 0) path = "/index.html";
    for (size_t i = 0; i < page_file_count; i++)
        if (strcmp(path, page_files[i].path) == 0) return &page_files[i];
    return NULL;
}

// A list of tags, of which a weak one is as good as a strong one here: RFC 9110, 13.1.2.
bool page_known(const page_file *file, const char *if_none_match) {
    if (!if_none_match) return false;
    const size_t size = strlen(file->etag);
    for (const char *at = if_none_match; *at;) {
        at += strspn(at, " \t,");
        if (*at == '*') return true;
        if (strncmp(at, "W/", 2) == 0) at += 2;
        if (strncmp(at, file->etag, size) == 0) return true;
        at += strcspn(at, ",");
    }
    return false;
}
