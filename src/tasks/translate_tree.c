// What the translator asks of the tree.
#include "tasks/translate_parts.h"

#include <stdlib.h>
#include <string.h>

uint32_t translate_bare(const translation *x, uint32_t n) {
    while (python_kind_of(x->t, n) == PYTHON_PARENTHESES) n = python_part(x->t, n, 0);
    return n;
}

bool translate_is_word(const translation *x, uint32_t n, const char *word) {
    return n != PYTHON_NONE && strcmp(python_word(&x->t->node[n]), word) == 0;
}

#define DIGITS_MAX 24

bool translate_number(const translation *x, uint32_t n, int64_t *out) {
    if (python_kind_of(x->t, n) != PYTHON_INTEGER) return false;
    const python_span s = python_span_of(x->t, n);
    char digits[DIGITS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.text[i] == '_') continue;
        if (count == DIGITS_MAX) return false;
        digits[count++] = s.text[i];
    }
    digits[count] = '\0';
    int base = 10;
    if (count > 1 && digits[0] == '0') {
        const char c = (char)(digits[1] | 32);
        base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 10;
    }
    char *end;
    const char *first = digits + (base == 10 ? 0 : 2);
    const unsigned long long value = strtoull(first, &end, base);
    *out = (int64_t)value;
    return end != first && *end == '\0' && value <= (unsigned long long)TRANSLATE_NUMBER_MAX;
}

bool translate_constant(const translation *x, uint32_t n, int64_t *out) {
    n = translate_bare(x, n);
    if (translate_number(x, n, out)) return true;
    const uint32_t sign = python_child(x->t, n, PYTHON_FIELD_OPERATOR);
    if (python_kind_of(x->t, n) == PYTHON_UNARY) {
        if (!python_reads(x->t, sign, "-") ||
            !translate_constant(x, python_child(x->t, n, PYTHON_FIELD_ARGUMENT), out))
            return false;
        return !__builtin_sub_overflow(0, *out, out);
    }
    int64_t a, b;
    if (python_kind_of(x->t, n) != PYTHON_BINARY ||
        !translate_constant(x, python_child(x->t, n, PYTHON_FIELD_LEFT), &a) ||
        !translate_constant(x, python_child(x->t, n, PYTHON_FIELD_RIGHT), &b))
        return false;
    if (python_reads(x->t, sign, "+")) return !__builtin_add_overflow(a, b, out);
    if (python_reads(x->t, sign, "-")) return !__builtin_sub_overflow(a, b, out);
    if (python_reads(x->t, sign, "*")) return !__builtin_mul_overflow(a, b, out);
    if (!python_reads(x->t, sign, "**") && !python_reads(x->t, sign, "<<")) return false;
    const int64_t factor = python_reads(x->t, sign, "<<") ? 2 : a;
    if (b < 0 || b > 52) return false;
    *out = python_reads(x->t, sign, "<<") ? a : 1;
    while (b-- > 0)
        if (__builtin_mul_overflow(*out, factor, out)) return false;
    return true;
}

bool translate_calls(const translation *x, uint32_t n, const char *name) {
    return python_kind_of(x->t, n) == PYTHON_CALL &&
           python_reads(x->t, python_child(x->t, n, PYTHON_FIELD_FUNCTION), name);
}

uint32_t translate_argument(const translation *x, uint32_t call, size_t index) {
    return python_part(x->t, python_child(x->t, call, PYTHON_FIELD_ARGUMENTS), index);
}

size_t translate_arguments(const translation *x, uint32_t call) {
    return python_parts(x->t, python_child(x->t, call, PYTHON_FIELD_ARGUMENTS));
}

bool translate_range_of(const translation *x, uint32_t call, translate_range *out) {
    const size_t count = translate_arguments(x, call);
    if (!translate_calls(x, call, "range") || count < 1 || count > 3) return false;
    *out = (translate_range){PYTHON_NONE, translate_argument(x, call, 0), 1};
    if (count == 1) return true;
    out->start = out->stop;
    out->stop = translate_argument(x, call, 1);
    return count == 2 ||
           (translate_constant(x, translate_argument(x, call, 2), &out->step) && out->step != 0);
}

static bool is_series(const translation *x, uint32_t n) {
    return translate_is_word(x, n, "pattern_list") || translate_is_word(x, n, "expression_list");
}

size_t translate_items(const translation *x, uint32_t n) {
    return is_series(x, n) ? python_parts(x->t, n) : n != PYTHON_NONE;
}

uint32_t translate_item(const translation *x, uint32_t n, size_t index) {
    return is_series(x, n) ? python_part(x->t, n, index) : n;
}
