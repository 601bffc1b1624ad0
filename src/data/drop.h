// Why a document, a line or a file does not come through.
#ifndef DATA_DROP_H
#define DATA_DROP_H

#include "data/corpus.h"

// X(name, text), behind those of CORPUS_REASON_MAP, whose numbers are the same here.
#define DROP_REASON_MAP(X)                                                                         \
    X(LARGE, "too long a document")                                                                \
    X(BOMB, "gzip data that unpack to far more than text does")                                    \
    X(UTF8, "not UTF-8")                                                                           \
    X(FEW_LINES, "too few lines")                                                                  \
    X(MANY_LINES, "too many lines")                                                                \
    X(LONG_LINES, "a line is longer than was asked for")                                           \
    X(MEAN_LINE, "lines are too long on average")                                                  \
    X(ALNUM, "too few letters and digits")                                                         \
    X(GENERATED, "made by a program")                                                              \
    X(LICENCE, "has a licence header")                                                             \
    X(SYNTAX, "Python that does not parse")                                                        \
    X(BENCHMARK, "has text of a benchmark")                                                        \
    X(NEAR, "a near copy of another document")                                                     \
    X(NEAR_HELD, "a near copy of a held-out document")                                             \
    X(CAP, "over the cap of its project")                                                          \
    X(SHARE, "not needed for the shares")

typedef enum drop_reason {
#define DROP_CORPUS_ENUM(name, text) DROP_##name,
    CORPUS_REASON_MAP(DROP_CORPUS_ENUM)
#undef DROP_CORPUS_ENUM
#define DROP_REASON_ENUM(name, text) DROP_##name,
        DROP_REASON_MAP(DROP_REASON_ENUM)
#undef DROP_REASON_ENUM
            DROP_REASONS
} drop_reason;

// "long_line": the word for scripts. Writes out and returns it.
#define DROP_NAME_MAX 16
const char *drop_reason_name(drop_reason reason, char out[DROP_NAME_MAX]);
const char *drop_reason_text(drop_reason reason);

#endif
