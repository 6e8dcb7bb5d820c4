/* A PKCS#11 module around another one, for what software tokens never do: be slow, be pulled out, hang, crash, lie.
 *
 * Environment: SHIM_TARGET, the module behind it; SHIM_FOLDER, where it is told what to do, by files, at any moment:
 *   slow <ms>          each C_Sign takes so long
 *   only <serial>      no other token is in
 *   removed            no token is in, and C_Sign answers CKR_DEVICE_REMOVED
 *   pull_after <n>     makes `removed` itself once n signatures are made
 *   hang               C_GetSlotList never comes back
 *   crash              C_Sign aborts
 *   flip               C_Sign changes one bit
 *   login <number>     C_Login answers this instead of asking the token
 *   flags <number>     added to the token's flags
 * and where it notes its calls, one a line, in `calls`: login, logout, sign <length of input>.
 * Without a header: a function list is a version and pointers in the order of the standard. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef struct { unsigned char major, minor; void *call[68]; } list;
enum { GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, LOGIN = 18, LOGOUT = 19, SIGN = 43 };
enum { OK = 0, DEVICE_REMOVED = 0x32, BUFFER_TOO_SMALL = 0x150 };
enum { SERIAL_AT = 80, SERIAL_LENGTH = 16, FLAGS_AT = 96, TOKEN_INFO_SIZE = 256 };

static list *real, ours;
static ulong made;

static char *named(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("SHIM_FOLDER"), name);
    return path;
}

static int told(const char *name, char *text) {
    FILE *file = fopen(named(name), "r");
    if (!file) return 0;
    if (text && !fgets(text, 64, file)) text[0] = 0;
    if (text) text[strcspn(text, "\n")] = 0;
    fclose(file);
    return 1;
}

static void note(const char *what, long length) {
    FILE *file = fopen(named("calls"), "a");
    if (!file) return;
    if (length < 0) fprintf(file, "%s\n", what);
    else fprintf(file, "%s %ld\n", what, length);
    fclose(file);
}

static ulong token_info(ulong slot, unsigned char *info) {
    char text[64];
    ulong rv = ((ulong (*)(ulong, void *))real->call[GET_TOKEN_INFO])(slot, info);
    if (rv == OK && told("flags", text)) {
        ulong flags;
        memcpy(&flags, info + FLAGS_AT, sizeof flags);
        flags |= strtoul(text, 0, 0);
        memcpy(info + FLAGS_AT, &flags, sizeof flags);
    }
    return rv;
}

static ulong slot_list(unsigned char present, ulong *slots, ulong *count) {
    ulong all[64], found = 0, number = 64;
    char serial[64] = "";
    while (told("hang", 0)) sleep(1);
    ulong rv = ((ulong (*)(unsigned char, ulong *, ulong *))real->call[GET_SLOT_LIST])(present, all, &number);
    if (rv != OK) return rv;
    int choose = told("only", serial), removed = told("removed", 0);
    for (ulong i = 0; i < number && !removed; i++) {
        unsigned char info[TOKEN_INFO_SIZE] = {0};
        if (choose && (token_info(all[i], info) != OK || memcmp(info + SERIAL_AT, serial, strlen(serial)))) continue;
        if (slots && found < *count) slots[found] = all[i];
        found++;
    }
    rv = slots && found > *count ? BUFFER_TOO_SMALL : OK;
    *count = found;
    return rv;
}

static ulong login(ulong session, ulong user, void *pin, ulong length) {
    char text[64];
    note("login", -1);
    if (told("login", text)) return strtoul(text, 0, 0);
    return ((ulong (*)(ulong, ulong, void *, ulong))real->call[LOGIN])(session, user, pin, length);
}

static ulong logout(ulong session) {
    note("logout", -1);
    return ((ulong (*)(ulong))real->call[LOGOUT])(session);
}

static ulong sign(ulong session, unsigned char *data, ulong length, unsigned char *value, ulong *size) {
    char text[64];
    ulong (*call)(ulong, void *, ulong, void *, ulong *) = (ulong (*)(ulong, void *, ulong, void *, ulong *))real->call[SIGN];
    if (told("pull_after", text) && made >= strtoul(text, 0, 0)) {
        unlink(named("pull_after"));
        fclose(fopen(named("removed"), "w"));
    }
    if (told("removed", 0)) return DEVICE_REMOVED;
    if (!value) return call(session, data, length, value, size);
    if (told("crash", 0)) abort();
    note("sign", (long)length);
    if (told("slow", text)) usleep(1000 * (unsigned)strtoul(text, 0, 0));
    ulong rv = call(session, data, length, value, size);
    if (rv == OK) made++;
    if (rv == OK && told("flip", 0)) value[0] ^= 1;
    return rv;
}

ulong C_GetFunctionList(list **answer) {
    if (!real) {
        void *library = dlopen(getenv("SHIM_TARGET"), RTLD_NOW | RTLD_LOCAL);
        if (!library) return 5;
        ulong (*get)(list **) = (ulong (*)(list **))dlsym(library, "C_GetFunctionList");
        if (!get || get(&real) != OK) return 5;
        ours = *real;
        ours.call[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
        ours.call[GET_SLOT_LIST] = (void *)slot_list;
        ours.call[GET_TOKEN_INFO] = (void *)token_info;
        ours.call[LOGIN] = (void *)login;
        ours.call[LOGOUT] = (void *)logout;
        ours.call[SIGN] = (void *)sign;
        printf("a driver that prints\n"); /* and must disturb nobody */
        fflush(stdout);
    }
    *answer = &ours;
    return OK;
}
