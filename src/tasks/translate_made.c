#include "tasks/translate_made.h"

#include <stdarg.h>
#include <string.h>

// A function that is being written. Names are constants.
#define VARIABLES_MAX 12
typedef struct making {
    buf *to;
    task_dice *dice;
    const char *list;                // the parameter that is one; NULL: there is none
    const char *free[VARIABLES_MAX]; // numbers that no loop changes
    size_t frees;
    const char *sum[VARIABLES_MAX]; // numbers that may change everywhere
    size_t sums;
    const char *out; // a list that is made; NULL
    uint32_t used;   // a bit for each of the words
    uint32_t kept;   // those that loops do not give back: they are assigned
    size_t loops;    // around what is written
    size_t result;   // which form its result has
} making;

static const char *const words[] = {
    "a",     "b",   "n",     "m",     "k",     "x",    "y",      "limit", "start", "step",
    "width", "low", "high",  "total", "count", "best", "last",   "acc",   "score", "i",
    "j",     "pos", "value", "item",  "left",  "gap",  "result", "rest",  "t"};
#define WORDS (sizeof words / sizeof *words)
_Static_assert(sizeof words / sizeof *words <= 32, "a bit for each");

static size_t roll(making *m, size_t bound) {
    return (size_t)task_roll(m->dice, bound);
}

// A word from first to past - 1 that is not used yet; any other where all of them are.
static const char *new_word(making *m, size_t first, size_t past) {
    size_t at = first + roll(m, past - first);
    for (size_t i = 0; i < past - first && (m->used >> at & 1); i++)
        at = at + 1 < past ? at + 1 : first;
    while (m->used >> at & 1) at = (at + 1) % WORDS;
    m->used |= 1u << at;
    return words[at];
}

static void keep(making *m, const char *word) {
    for (size_t i = 0; i < WORDS; i++)
        if (words[i] == word) m->kept |= 1u << i;
}

static const char *parameter(making *m) {
    return new_word(m, 0, 13);
}

static const char *local(making *m) {
    return new_word(m, 13, 19);
}

static const char *counter(making *m) {
    return new_word(m, 19, 22);
}

static void line(making *m, size_t depth, const char *form, ...) {
    va_list args;
    va_start(args, form);
    buf_fill(m->to, ' ', 4 * depth);
    buf_vformat(m->to, form, args);
    va_end(args);
}

// ---- expressions ----

static const char *any_free(making *m) {
    return m->frees ? m->free[roll(m, m->frees)] : "7";
}

static void put_atom(making *m) {
    if (m->frees > 0 && roll(m, 4) != 0)
        buf_text(m->to, any_free(m));
    else
        buf_format(m->to, "%zu", 1 + roll(m, 12));
}

// Of what no loop changes: at most two products deep, so it stays small.
static void put_sum(making *m, size_t depth) {
    static const char *const forms[] = {" + ", " - ", " * ", " // ", " % "};
    const size_t form = depth == 0 ? 5 : roll(m, 8);
    if (form >= 5) {
        if (depth > 0 && form == 6)
            buf_format(m->to, "abs(%s - %zu)", any_free(m), 1 + roll(m, 9));
        else if (depth > 0 && form == 7)
            buf_format(m->to, roll(m, 2) ? "min(%s, %zu)" : "max(%s, %zu)", any_free(m),
                       roll(m, 20));
        else
            put_atom(m);
        return;
    }
    const bool brackets = form >= 2 && depth > 1 && roll(m, 2) == 0;
    if (brackets) {
        buf_byte(m->to, '(');
        put_atom(m);
        buf_text(m->to, roll(m, 2) ? " + " : " - ");
    }
    put_atom(m);
    if (brackets) buf_byte(m->to, ')');
    buf_text(m->to, forms[form]);
    if (form >= 3)
        buf_format(m->to, "%zu", 2 + roll(m, 9));
    else if (form == 2)
        put_atom(m);
    else
        put_sum(m, depth - 1);
}

static void put_test(making *m) {
    static const char *const signs[] = {"<", ">", "<=", ">=", "==", "!="};
    const size_t form = roll(m, 8);
    if (form == 0) {
        buf_format(m->to, "%s %% %zu == %zu", any_free(m), 2 + roll(m, 4), roll(m, 2));
    } else if (form == 1) {
        buf_format(m->to, "%zu %s %s < %zu", roll(m, 5), roll(m, 2) ? "<" : "<=", any_free(m),
                   6 + roll(m, 14));
    } else if (form == 2) {
        buf_format(m->to, "%s > %zu %s %s < %zu", any_free(m), roll(m, 10),
                   roll(m, 2) ? "and" : "or", any_free(m), roll(m, 10));
    } else if (form == 3 && m->sums > 0) {
        buf_format(m->to, "%s %s %zu", m->sum[roll(m, m->sums)], signs[roll(m, 4)], roll(m, 30));
    } else if (form == 4) {
        buf_format(m->to, "not %s", any_free(m));
    } else {
        const char *left = any_free(m), *right = any_free(m), *sign = signs[roll(m, 6)];
        if (left == right)
            buf_format(m->to, "%s %s %zu", left, sign, roll(m, 20));
        else
            buf_format(m->to, "%s %s %s", left, sign, right);
    }
}

// ---- statements ----

static void put_update(making *m, size_t depth) {
    const char *name = m->sum[roll(m, m->sums)];
    switch (roll(m, m->out ? 7 : 6)) {
    case 0:
        line(m, depth, "%s = (%s * %zu + ", name, name, 2 + roll(m, 30));
        put_sum(m, 1);
        buf_format(m->to, ") %% %zu\n", 50 + roll(m, 950));
        return;
    case 1:
        line(m, depth, "%s = %s(%s, ", name, roll(m, 2) ? "max" : "min", name);
        put_sum(m, 1);
        buf_text(m->to, ")\n");
        return;
    case 2:
        line(m, depth, "%s += 1\n", name);
        return;
    case 3:
        line(m, depth, "%s -= ", name);
        break;
    case 6:
        line(m, depth, "%s.append(", m->out);
        put_sum(m, 2);
        buf_text(m->to, ")\n");
        return;
    default:
        line(m, depth, "%s += ", name);
        break;
    }
    put_sum(m, 2);
    buf_byte(m->to, '\n');
}

static void put_body(making *m, size_t depth);

static void put_if(making *m, size_t depth) {
    line(m, depth, "if ");
    put_test(m);
    buf_text(m->to, ":\n");
    const size_t form = roll(m, 8);
    if (m->loops > 0 && form == 0)
        line(m, depth + 1, "continue\n");
    else if (m->loops > 0 && form == 1)
        line(m, depth + 1, "break\n");
    else
        put_update(m, depth + 1);
    if (form >= 6) {
        line(m, depth, "elif ");
        put_test(m);
        buf_text(m->to, ":\n");
        put_update(m, depth + 1);
    }
    if (form >= 4) {
        line(m, depth, "else:\n");
        put_update(m, depth + 1);
    }
}

// Its first lines; what may be read in it becomes free.
static void begin_list_loop(making *m, size_t depth) {
    const size_t form = roll(m, 3);
    // What is assigned must be no other loop's own.
    const char *item = form == 2 ? new_word(m, 24, 26) : new_word(m, 22, 24);
    const char *place = counter(m);
    if (form == 0) {
        line(m, depth, "for %s in %s:\n", item, m->list);
    } else if (form == 1) {
        line(m, depth, "for %s, %s in enumerate(%s):\n", place, item, m->list);
    } else {
        line(m, depth, "for %s in range(len(%s)):\n", place, m->list);
        line(m, depth + 1, "%s = %s[%s]\n", item, m->list, place);
        keep(m, item);
    }
    m->free[m->frees++] = item;
    if (form > 0) m->free[m->frees++] = place;
}

static void begin_range_loop(making *m, size_t depth) {
    const char *bound = any_free(m), *place = counter(m);
    switch (roll(m, 6)) {
    case 0:
        line(m, depth, "for %s in range(%s, 0, -%zu):\n", place, bound, 1 + roll(m, 3));
        break;
    case 1:
        line(m, depth, "for %s in range(%zu, %s):\n", place, 1 + roll(m, 3), bound);
        break;
    case 2:
        line(m, depth, "for %s in range(%s + 1):\n", place, bound);
        break;
    case 3:
        line(m, depth, "for %s in range(%s %% 10):\n", place, bound);
        break;
    case 4:
        line(m, depth, "for %s in range(abs(%s)):\n", place, bound);
        break;
    default:
        line(m, depth, "for %s in range(%s):\n", place, bound);
        break;
    }
    m->free[m->frees++] = place;
}

static void put_loop(making *m, size_t depth) {
    const size_t frees = m->frees;
    const uint32_t used = m->used;
    if (m->list && roll(m, 3) != 0)
        begin_list_loop(m, depth);
    else
        begin_range_loop(m, depth);
    m->loops++;
    put_body(m, depth + 1);
    m->loops--;
    m->frees = frees; // what it sets stays in it
    m->used = used | m->kept;
}

// A number that becomes smaller until it is 0.
static void put_while(making *m, size_t depth) {
    const char *rest = new_word(m, 26, WORDS);
    const size_t by = 2 + roll(m, 9), form = roll(m, 3);
    keep(m, rest);
    line(m, depth, "%s = abs(%s)\n", rest, any_free(m));
    line(m, depth, form == 2 ? "while %s:\n" : "while %s > 0:\n", rest);
    m->free[m->frees++] = rest;
    m->loops++;
    put_update(m, depth + 1);
    if (roll(m, 2)) {
        line(m, depth + 1, "%s += %s %% %zu\n", m->sum[roll(m, m->sums)], rest, by);
    }
    m->loops--;
    m->frees--; // behind the loop it is 0
    if (form == 0)
        line(m, depth + 1, "%s -= 1\n", rest);
    else
        line(m, depth + 1, "%s //= %zu\n", rest, by);
}

static void put_body(making *m, size_t depth) {
    const size_t count = 1 + roll(m, 2);
    for (size_t i = 0; i < count; i++) {
        const size_t form = roll(m, 6);
        if (form == 0 && m->loops == 1 && depth < 3)
            put_loop(m, depth);
        else if (form <= 2)
            put_if(m, depth);
        else
            put_update(m, depth);
    }
}

static void put_result(making *m) {
    const char *name = m->sum[roll(m, m->sums)];
    if (m->out) {
        line(m, 1, "return %s\n", m->out);
        return;
    }
    switch (m->result) {
    case 0:
        line(m, 1, "return %s %s %zu\n", name, roll(m, 2) ? ">" : "==", roll(m, 40));
        return;
    case 1:
        line(m, 1, "return %s if %s > %zu else -%s\n", name, name, roll(m, 20), name);
        return;
    case 2:
        line(m, 1, "return %s %% %zu\n", name, 2 + roll(m, 98));
        return;
    case 3:
        line(m, 1, "return %s * %s + ", m->sum[roll(m, m->sums)], any_free(m));
        put_sum(m, 1);
        break;
    case 4:
        line(m, 1, "return %s - %s", name, m->sum[roll(m, m->sums)]);
        break;
    default:
        line(m, 1, "return %s", name);
        break;
    }
    buf_byte(m->to, '\n');
}

static void put_head(making *m) {
    static const char *const verbs[] = {"count", "sum",  "find",  "score", "mix",  "check",
                                        "scale", "fold", "gauge", "pick",  "rank", "weigh"};
    static const char *const things[] = {"items", "steps", "pairs",  "values", "parts", "gaps",
                                         "peaks", "odds",  "digits", "turns",  "runs",  "marks"};
    static const char *const lists[] = {"xs", "values", "items", "numbers", "data", "row"};
    const size_t numbers = 1 + roll(m, 3);
    bool first = true;
    buf_format(m->to, "def %s_%s(", verbs[roll(m, sizeof verbs / sizeof *verbs)],
               things[roll(m, sizeof things / sizeof *things)]);
    if (roll(m, 2)) {
        m->list = lists[roll(m, sizeof lists / sizeof *lists)];
        buf_text(m->to, m->list);
        first = false;
    }
    for (size_t i = 0; i < numbers; i++) {
        m->free[m->frees] = parameter(m);
        buf_format(m->to, "%s%s", first ? "" : ", ", m->free[m->frees++]);
        first = false;
    }
    buf_text(m->to, "):\n");
}

void translate_made(buf *to, task_dice *dice) {
    making m = {.to = to, .dice = dice};
    put_head(&m);
    m.result = roll(&m, 6);
    if (roll(&m, 6) == 0) {
        m.out = "out";
        line(&m, 1, "out = []\n");
    } else if (m.list && m.result != 0 && roll(&m, 4) == 0) {
        line(&m, 1, "if len(%s) == 0:\n        return 0\n", m.list);
    }
    const size_t sums = 1 + roll(&m, 2);
    for (size_t i = 0; i < sums; i++) {
        const char *name = local(&m);
        line(&m, 1, "%s = ", name);
        if (roll(&m, 2))
            buf_format(to, "%zu", roll(&m, 3));
        else
            put_sum(&m, 2);
        buf_byte(to, '\n');
        m.sum[m.sums++] = name;
    }
    const size_t parts = 1 + roll(&m, 2);
    for (size_t i = 0; i < parts; i++) {
        switch (roll(&m, 5)) {
        case 0:
            put_if(&m, 1);
            break;
        case 1:
            put_while(&m, 1);
            break;
        default:
            put_loop(&m, 1);
            break;
        }
    }
    put_result(&m);
}
