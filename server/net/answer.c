#include "server/net/answer.h"

#include <string.h>

#include "protocol/mem.h"

static struct sio__slice place(char **at, struct sio__slice text)
{
    struct sio__slice placed = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return placed;
}

static size_t text_bytes(const struct sio__answer *answer)
{
    size_t bytes = answer->content_type != NULL ? strlen(answer->content_type) + 1 : 0;

    for (size_t i = 0; i < answer->field_count; i++)
        bytes += answer->fields[i].name.len + answer->fields[i].value.len;
    return answer->release == NULL ? bytes + answer->body.len : bytes;
}

struct sio__answer *sio__answer_copy(const struct sio__answer *answer)
{
    size_t table = answer->field_count * sizeof(struct sio__field);
    struct sio__answer *copy = sio__malloc(sizeof *copy + table + text_bytes(answer));
    struct sio__field *fields;
    char *at;

    if (copy == NULL) {
        if (answer->release != NULL)
            answer->release(answer->release_arg);
        return NULL;
    }
    *copy = *answer;
    fields = (struct sio__field *)(copy + 1);
    at = (char *)(fields + answer->field_count);
    for (size_t i = 0; i < answer->field_count; i++) {
        fields[i].name = place(&at, answer->fields[i].name);
        fields[i].value = place(&at, answer->fields[i].value);
    }
    copy->fields = fields;
    if (answer->content_type != NULL) {
        copy->content_type = at;
        place(&at, sio__slice_make(answer->content_type, strlen(answer->content_type) + 1));
    }
    if (answer->release == NULL)
        copy->body = place(&at, answer->body);
    return copy;
}

void sio__answer_sent(struct sio__answer *copy)
{
    if (copy != NULL)
        copy->release = NULL;
}

void sio__answer_free(struct sio__answer *copy)
{
    if (copy != NULL && copy->release != NULL)
        copy->release(copy->release_arg);
    sio__free(copy);
}
