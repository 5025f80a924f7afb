/* replay.c: a main for fuzz targets without libFuzzer. Arguments are files, or folders whose files
 * are taken; each goes through the target once, and so does the empty input. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

static size_t replayed;

/* An exact copy on the heap: AddressSanitizer then sees the first byte read past the end. */
static void run(const char *bytes, size_t len)
{
    uint8_t *exact = malloc(len != 0 ? len : 1);

    FUZZ_CHECK(exact != NULL);
    if (len != 0)
        memcpy(exact, bytes, len);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static int replay_file(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    run(bytes, len);
    replayed++;
    return 0;
}

static int replay(const char *path)
{
    char inner[4096];
    struct dirent *entry;
    DIR *dir = opendir(path);
    int failures = 0;

    if (dir == NULL)
        return replay_file(path);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        failures += replay_file(inner);
    }
    closedir(dir);
    return failures;
}

int main(int argc, char **argv)
{
    int failures = 0;

    run(NULL, 0);
    for (int i = 1; i < argc; i++)
        failures += replay(argv[i]);
    printf("%zu inputs replayed\n", replayed);
    return failures == 0 && replayed > 0 ? 0 : 1;
}
