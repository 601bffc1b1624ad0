#include "server/doctor/doctor_needs.h"

#include "base/strings.h"

#include <string.h>

#define PLACE_MAX 96

static const json_t *step(const json_t *from, const char *name) {
    uint64_t index;
    if (json_is_array(from) && string_to_u64(name, &index)) return json_array_get(from, index);
    return json_object_get(from, name);
}

const json_t *needs_at(const json_t *root, const char *place) {
    char name[PLACE_MAX];
    while (root && *place) {
        const size_t size = strcspn(place, ".");
        string_format(name, sizeof name, NULL, "%.*s", (int)size, place);
        root = step(root, name);
        place += size + (place[size] == '.');
    }
    return root;
}

static char letter_of(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_STRING:
        return 's';
    case JSON_INTEGER:
    case JSON_REAL:
        return 'n';
    case JSON_TRUE:
    case JSON_FALSE:
        return 'b';
    case JSON_ARRAY:
        return 'a';
    case JSON_OBJECT:
        return 'o';
    default:
        return 'z';
    }
}

static const char *name_of(char letter) {
    static const struct {
        char letter;
        const char *name;
    } names[] = {{'s', "a string"}, {'n', "a number"},  {'b', "true or false"},
                 {'a', "an array"}, {'o', "an object"}, {'z', "null"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].letter == letter) return names[i].name;
    return "anything";
}

// need: "[?]PLACE:TYPES".
static bool is_met(const json_t *root, char *need, char *found, size_t size) {
    char *types = strrchr(need, ':');
    const bool free = need[0] == '?';
    *types++ = '\0';
    const char *place = need + free;
    const json_t *value = needs_at(root, place);
    if (!value && !free) string_format(found, size, NULL, "there is no %s", place);
    if (!value) return free;
    const char letter = letter_of(value);
    if (strchr(types, '*') || strchr(types, letter)) return true;
    string_format(found, size, NULL, "%s is %s and should be %s", place, name_of(letter),
                  name_of(types[0]));
    return false;
}

bool needs_met(const json_t *root, const char *needs, char *found, size_t size) {
    char need[PLACE_MAX];
    for (; needs && *needs; needs += strspn(needs, " ")) {
        const size_t length = strcspn(needs, " ");
        string_format(need, sizeof need, NULL, "%.*s", (int)length, needs);
        if (!is_met(root, need, found, size)) return false;
        needs += length;
    }
    return true;
}
