#include "api/export_card.h"

#include "base/decimal.h"
#include "base/strings.h"

#include <string.h>

static void put_quality(buf *out, const axl_export_result *r) {
    buf_text(out, "\n## How good it is\n\n");
    if (r->scored == 0) {
        buf_text(out,
                 "Not measured: `axl export --eval FILE` does it, with a text that the model "
                 "was not trained on.\n");
        return;
    }
    buf_text(out, "| | bits per byte |\n|---|---|\n| the whole model, in AXL | ");
    decimal_put_places(out, r->model_bpb, 4);
    buf_text(out, " |\n| **this file** | ");
    decimal_put_places(out, r->bpb, 4);
    buf_format(out,
               " |\n\nOn %llu bytes, each predicted once from what comes before it, in windows of "
               "%zu bytes that\nbegin from nothing. Whether the model was trained on them, the "
               "program does not know.\n",
               (unsigned long long)r->scored, r->context);
}

// The first tensor of each type stands for it.
static bool seen_before(const axl_export_result *r, size_t i) {
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->tensors[k].type, r->tensors[i].type) == 0) return true;
    return false;
}

static void put_types(buf *out, const axl_export_result *r) {
    buf_text(out,
             "\n## What is in it\n\n| type | tensors | parameters | bytes |\n"
             "|---|---|---|---|\n");
    for (size_t i = 0; i < r->tensor_count; i++) {
        if (seen_before(r, i)) continue;
        unsigned long long tensors = 0, params = 0, bytes = 0;
        for (size_t k = i; k < r->tensor_count; k++) {
            if (strcmp(r->tensors[k].type, r->tensors[i].type) != 0) continue;
            tensors++;
            params += r->tensors[k].params;
            bytes += r->tensors[k].bytes;
        }
        buf_format(out, "| %s | %llu | %llu | %llu |\n", r->tensors[i].type, tensors, params,
                   bytes);
    }
    buf_text(out, "\nTogether ");
    decimal_put_places(out, r->bits, 3);
    buf_text(out, " bits a parameter.\n");
}

void export_card_put(buf *out, const char *name, const axl_export_result *r) {
    char size[STRING_SIZE_MAX];
    buf_format(out, "# %s\n\n", name);
    buf_format(out,
               "`%s` (%s, %s) is the fine exit of an AXL model: %llu of its %llu parameters, the "
               "stack\nthat works on single bytes, which was trained to predict by itself as well. "
               "It is what llama.cpp and\nOllama can run of the model; the two coarser stacks and "
               "all that joins the three are not in it.\n",
               r->file, r->type, string_size(size, r->bytes), (unsigned long long)r->params,
               (unsigned long long)r->model_params);
    put_quality(out, r);
    put_types(out, r);
    buf_format(
        out,
        "\n## How it is used\n\n```text\nollama create %s -f Modelfile\nollama run %s\n```\n\n"
        "Every byte of a text is a token, so %zu tokens of context are %zu bytes. The model "
        "continues text%s;\nit was not made to follow instructions.\n",
        name, name, r->context, r->context,
        r->infills ? ", and fills\nin what is missing between a prompt and a suffix" : "");
}
