#include "cli/cli_amount.h"
#include "cli/cli_command.h"
#include "cli/cli_escape.h"
#include "cli/cli_json.h"
#include "cli/cli_output.h"

#include <axl/axl.h>
#include <stdio.h>
#include <string.h>

#define NAME_ROOM 160 // of a name that is shown
#define VALUE_ROOM 64 // of a value

static void json_tensor(json *j, const axl_file_tensor *t) {
    json_flat_object(j, NULL);
    json_text(j, "name", t->name);
    json_text(j, "type", t->type);
    json_open_list(j, "shape");
    for (size_t i = 0; i < t->dims; i++) json_size(j, NULL, t->dim[i]);
    json_end(j);
    json_size(j, "offset", t->offset);
    json_size(j, "bytes", t->bytes);
    json_end(j);
}

static void json_file(json *j, const axl_file *f) {
    json_open(j, NULL);
    json_text(j, "path", f->path);
    json_text(j, "format", f->format);
    json_size(j, "bytes", f->bytes);
    json_size(j, "header_bytes", f->header_bytes);
    json_size(j, "params", f->numbers);
    if (f->sha256[0]) json_text(j, "sha256", f->sha256);
    json_open_list(j, "metadata");
    for (size_t i = 0; i < f->entries; i++) {
        const axl_file_entry *e = &f->entry[i];
        json_flat_object(j, NULL);
        json_text(j, "key", e->key);
        json_text(j, "kind", e->kind);
        json_size(j, "count", e->count);
        json_bytes(j, "value", e->text, e->bytes);
        json_end(j);
    }
    json_end(j);
    json_open_list(j, "tensors");
    for (size_t i = 0; i < f->tensors; i++) json_tensor(j, &f->tensor[i]);
    json_end(j);
    json_end(j);
}

static void print_json(const axl_inspection *i) {
    json j = {0};
    json_open(&j, NULL);
    json_text(&j, "kind", i->kind);
    json_open_list(&j, "files");
    for (size_t k = 0; k < i->files; k++) json_file(&j, &i->file[k]);
    json_end(&j);
    json_end(&j);
}

static void print_entries(const axl_file *f) {
    char key[NAME_ROOM], value[VALUE_ROOM];
    int widest = 0;
    for (size_t i = 0; i < f->entries; i++) {
        const int width =
            (int)strlen(cli_escape(key, sizeof key, f->entry[i].key, strlen(f->entry[i].key)));
        if (width > widest) widest = width;
    }
    if (widest > 44) widest = 44;
    for (size_t i = 0; i < f->entries; i++) {
        const axl_file_entry *e = &f->entry[i];
        cli_escape(key, sizeof key, e->key, strlen(e->key));
        cli_escape(value, sizeof value, e->text, e->bytes);
        cli_print("  %-*s  %-6s  %s\n", widest, key, e->kind, value);
    }
    if (f->entries > 0) cli_print("\n");
}

static void print_tensors(const axl_file *f) {
    char name[NAME_ROOM], shape[64], amount[CLI_AMOUNT_MAX];
    if (f->tensors == 0) return;
    cli_print_bold("  %-5s  %-18s  %10s  %12s  %s\n", "TYPE", "SHAPE", "BYTES", "OFFSET", "TENSOR");
    for (size_t i = 0; i < f->tensors; i++) {
        const axl_file_tensor *t = &f->tensor[i];
        size_t used = (size_t)snprintf(shape, sizeof shape, "[");
        for (size_t k = 0; k < t->dims && used < sizeof shape; k++)
            used += (size_t)snprintf(shape + used, sizeof shape - used, k ? ", %llu" : "%llu",
                                     (unsigned long long)t->dim[k]);
        if (used < sizeof shape) snprintf(shape + used, sizeof shape - used, "]");
        cli_print("  %-5s  %-18s  %10s  %12llu  %s\n", t->type, shape,
                  cli_amount_memory(amount, (double)t->bytes), (unsigned long long)t->offset,
                  cli_escape(name, sizeof name, t->name, strlen(t->name)));
    }
    cli_print("\n");
}

static void print_file(const axl_file *f) {
    char path[NAME_ROOM], size[CLI_AMOUNT_MAX], count[CLI_AMOUNT_MAX];
    cli_print_bold("%s", cli_escape(path, sizeof path, f->path, strlen(f->path)));
    cli_print(": %s, %s", f->format, cli_amount_memory(size, (double)f->bytes));
    if (f->tensors > 0)
        cli_print(", %zu tensors, %s numbers, header %s", f->tensors,
                  cli_amount_exact(count, f->numbers),
                  cli_amount_memory(size, (double)f->header_bytes));
    cli_print("\n");
    if (f->sha256[0]) cli_print("  sha256 %s\n", f->sha256);
    if (f->tensors + f->entries > 0) cli_print("\n");
    print_entries(f);
    print_tensors(f);
}

int cmd_inspect(const arguments *args) {
    char path[CLI_PATH_MAX];
    cli_command_path(path, args->command);
    if (args->word_count != 1) {
        cli_complain("%s: a file or a folder is needed; try 'axl help inspect'", path);
        return 2;
    }
    axl_error err;
    axl_inspection *i;
    const axl_status status = axl_inspect(args->words[0], args->hash, &i, &err);
    if (status != AXL_OK) return cli_failed(path, status, &err);
    if (args->json) {
        print_json(i);
    } else {
        if (i->files > 1) cli_print("a %s\n\n", i->kind);
        for (size_t k = 0; k < i->files; k++) print_file(&i->file[k]);
    }
    axl_inspection_free(i);
    return 0;
}
