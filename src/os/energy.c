#include "os/energy.h"

#include "base/strings.h"
#include "os/cgroup.h"

#include <math.h>
#include <string.h>

#define PACKAGES 8     // intel-rapl:0 ... also the name on AMD
#define SUBDOMAINS 6   // intel-rapl:0:0 ...
#define TEXT_BYTES 128 // of a counter or a name

static uint64_t counter(const char *root, const char *folder, const char *file) {
    char path[96], text[TEXT_BYTES];
    string_format(path, sizeof path, NULL, "%s/%s", folder, file);
    os_text_read(root, path, text, sizeof text);
    return os_text_number(text, "");
}

// Whether the domain has this name, or one that starts with it and a number.
static bool is_named(const char *root, const char *folder, const char *prefix) {
    char path[96], text[TEXT_BYTES];
    string_format(path, sizeof path, NULL, "%s/name", folder);
    os_text_read(root, path, text, sizeof text);
    return string_starts(text, prefix);
}

static void add_domain(os_energy *e, const char *root, const char *folder) {
    if (e->domains == OS_ENERGY_DOMAINS) return;
    struct os_energy_domain *d = &e->domain[e->domains];
    d->last = counter(root, folder, "energy_uj");
    d->range = counter(root, folder, "max_energy_range_uj");
    if (d->last == UINT64_MAX || d->range == UINT64_MAX) return;
    string_copy(d->path, sizeof d->path, folder);
    e->domains++;
}

// A package contains its cores, but not its memory; "psys" contains the packages and would count
// twice.
void os_energy_open(os_energy *e, const char *root) {
    *e = (os_energy){0};
    for (unsigned i = 0; i < PACKAGES; i++) {
        char folder[64];
        string_format(folder, sizeof folder, NULL, "/sys/class/powercap/intel-rapl:%u", i);
        if (is_named(root, folder, "package")) add_domain(e, root, folder);
        for (unsigned j = 0; j < SUBDOMAINS; j++) {
            string_format(folder, sizeof folder, NULL, "/sys/class/powercap/intel-rapl:%u:%u", i,
                          j);
            if (is_named(root, folder, "dram")) add_domain(e, root, folder);
        }
    }
    e->joules = e->domains > 0 ? 0 : NAN;
}

void os_energy_update(os_energy *e, const char *root) {
    for (size_t i = 0; i < e->domains; i++) {
        struct os_energy_domain *d = &e->domain[i];
        const uint64_t now = counter(root, d->path, "energy_uj");
        if (now == UINT64_MAX) {
            e->joules = NAN;
            return;
        }
        const uint64_t used = now >= d->last ? now - d->last : d->range - d->last + now;
        e->joules += (double)used * 1e-6;
        d->last = now;
    }
}
