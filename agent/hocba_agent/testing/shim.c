/* A PKCS#11 module around another one, for what software tokens never do: be slow, be pulled out, hang, crash, lie.
 *
 * Environment: SHIM_TARGET, the module behind it; SHIM_FOLDER, where it is told what to do, by files, at any moment.
 * Which tokens are in:
 *   only <serial>      no other token is in
 *   removed            no token is in, and C_Sign answers CKR_DEVICE_REMOVED
 *   pull_after <n>     makes `removed` itself once n signatures are made
 *   phantom            one more slot, whose token nobody can read
 *   flags <number>, flags_off <number>   added to every token's flags, taken away
 *   pins <min> <max>   the PIN lengths that tokens allow
 * How it fails:
 *   hang_init, hang, hang_finalize, hang_exit   C_Initialize, C_GetSlotList, C_Finalize, unloading never end
 *   shy                looking for certificates before a login never ends
 *   crash              C_Sign aborts
 *   crash_list         C_GetSlotList aborts
 *   login <number>     C_Login answers this instead of asking the token
 *   sticky             logging out and closing sessions answer OK and do nothing
 *   already            one C_Login says that somebody is logged in
 *   no_logout          C_Logout answers CKR_GENERAL_ERROR
 *   failed_once        one C_Sign answers CKR_FUNCTION_FAILED
 *   lost               one C_Sign finds its login gone, as after a sleep of the PC
 *   zero_attributes    asked for the size of an attribute, it says 0
 *   zero_sign          asked for the size of a signature, it says 0
 *   empty, short       C_Sign says OK and gives 0 or 5 bytes
 *   flip               C_Sign changes one bit
 * What it is like:
 *   slow <ms>, slow_list <ms>   each C_Sign, each C_GetSlotList takes so long
 *   mechanisms <n> <n> only these are offered and work
 *   no_write           refuses read-write sessions
 *   private            certificates are seen after a login only
 *   no_keys            keys are seen after a login only, public ones too
 *   no_id              objects have no CKA_ID
 *   always             keys are CKA_ALWAYS_AUTHENTICATE
 *   protected <pin>    the PIN is typed on the reader: this one
 *   noisy              prints at every signature
 * It notes its calls, one a line, in `calls`: login, context, logout, sign <length of input>, finalize; and in
 * `in_flight` how many calls were inside at once, at most.
 * Without a header: a function list is a version and pointers in the order of the standard. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef unsigned char byte;
typedef struct { byte major, minor; void *call[68]; } list;
typedef struct { ulong type; void *value; ulong length; } attribute;
enum {
    INITIALIZE = 0, FINALIZE = 1, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7,
    OPEN_SESSION = 12, CLOSE_SESSION = 13, CLOSE_ALL_SESSIONS = 14, LOGIN = 18, LOGOUT = 19, GET_ATTRIBUTE_VALUE = 24, FIND_OBJECTS_INIT = 26, FIND_OBJECTS = 27,
    SIGN_INIT = 42, SIGN = 43
};
enum {
    OK = 0, GENERAL_ERROR = 5, FUNCTION_FAILED = 6, ARGUMENTS_BAD = 7, ATTRIBUTE_TYPE_INVALID = 0x12, DEVICE_REMOVED = 0x32,
    MECHANISM_INVALID = 0x70, PIN_INCORRECT = 0xA0, TOKEN_NOT_RECOGNIZED = 0xE1, TOKEN_WRITE_PROTECTED = 0xE2,
    USER_ALREADY_LOGGED_IN = 0x100, USER_NOT_LOGGED_IN = 0x101, BUFFER_TOO_SMALL = 0x150
};
enum { SERIAL_AT = 80, FLAGS_AT = 96, LONGEST_PIN_AT = 136, SHORTEST_PIN_AT = 144, TOKEN_INFO_SIZE = 256 };
enum { RW_SESSION = 2, ON_READER = 0x100, CONTEXT_SPECIFIC = 2, PHANTOM = 0x7777 };
enum { CLASS = 0, ID = 0x102, ALWAYS_AUTHENTICATE = 0x202, CERTIFICATE = 1 };

#define REAL(number, ...) (((ulong (*)())real->call[number])(__VA_ARGS__))
#define INSIDE __attribute__((cleanup(leave))) int inside = enter()

static list *real, ours;
static ulong made;
static int logged_in, context_open, looks_for_certificates, in_flight, most_in_flight;
static byte pin_of_login[256];
static ulong length_of_login;

static char *named(const char *name) {
    static __thread char path[4096];
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

static int told_once(const char *name) { return unlink(named(name)) == 0; }

static void hang_while(const char *name) { while (told(name, 0)) sleep(1); }

static ulong number_in(const char *name) {
    char text[64];
    return told(name, text) ? strtoul(text, 0, 0) : 0;
}

static void note(const char *what, long length) {
    FILE *file = fopen(named("calls"), "a");
    if (!file) return;
    if (length < 0) fprintf(file, "%s\n", what);
    else fprintf(file, "%s %ld\n", what, length);
    fclose(file);
}

static int enter(void) {
    int inside = __atomic_add_fetch(&in_flight, 1, __ATOMIC_SEQ_CST);
    if (inside > most_in_flight) {
        FILE *file = fopen(named("in_flight"), "w");
        most_in_flight = inside;
        if (file) { fprintf(file, "%d\n", inside); fclose(file); }
    }
    return inside;
}

static void leave(int *inside) { (void)inside; __atomic_sub_fetch(&in_flight, 1, __ATOMIC_SEQ_CST); }

static long now(void) { /* microseconds */
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

static ulong initialize(void *arguments) {
    INSIDE;
    hang_while("hang_init");
    return REAL(INITIALIZE, arguments);
}

static ulong finalize(void *reserved) {
    note("finalize", -1);
    hang_while("hang_finalize");
    logged_in = 0;
    return REAL(FINALIZE, reserved);
}

__attribute__((destructor)) static void unloaded(void) { if (getenv("SHIM_FOLDER")) hang_while("hang_exit"); }

static ulong token_info(ulong slot, byte *info) {
    INSIDE;
    char text[64], *end;
    ulong flags, rv;
    if (slot == PHANTOM) return TOKEN_NOT_RECOGNIZED;
    rv = REAL(GET_TOKEN_INFO, slot, info);
    if (rv != OK) return rv;
    memcpy(&flags, info + FLAGS_AT, sizeof flags);
    flags |= number_in("flags") | (told("protected", 0) ? ON_READER : 0);
    flags &= ~number_in("flags_off");
    memcpy(info + FLAGS_AT, &flags, sizeof flags);
    if (told("pins", text)) {
        ulong shortest = strtoul(text, &end, 0), longest = strtoul(end, 0, 0);
        memcpy(info + SHORTEST_PIN_AT, &shortest, sizeof shortest);
        memcpy(info + LONGEST_PIN_AT, &longest, sizeof longest);
    }
    return OK;
}

static ulong slot_list(byte present, ulong *slots, ulong *count) {
    INSIDE;
    ulong all[64], found = 0, number = 63;
    char serial[64] = "";
    hang_while("hang");
    if (told("crash_list", 0)) abort();
    usleep(1000 * (unsigned)number_in("slow_list"));
    ulong rv = REAL(GET_SLOT_LIST, present, all, &number);
    if (rv != OK) return rv;
    if (told("phantom", 0)) all[number++] = PHANTOM;
    int choose = told("only", serial), removed = told("removed", 0);
    for (ulong i = 0; i < number && !removed; i++) {
        byte info[TOKEN_INFO_SIZE] = {0};
        if (choose && (token_info(all[i], info) != OK || memcmp(info + SERIAL_AT, serial, strlen(serial)))) continue;
        if (slots && found < *count) slots[found] = all[i];
        found++;
    }
    rv = slots && found > *count ? BUFFER_TOO_SMALL : OK;
    *count = found;
    return rv;
}

static int offered(ulong mechanism) {
    char text[64], *at = text, *end;
    if (!told("mechanisms", text)) return 1;
    for (ulong one; one = strtoul(at, &end, 0), end != at; at = end) if (one == mechanism) return 1;
    return 0;
}

static ulong mechanism_list(ulong slot, ulong *mechanisms, ulong *count) {
    INSIDE;
    ulong rv = REAL(GET_MECHANISM_LIST, slot, mechanisms, count), kept = 0;
    if (rv != OK || !mechanisms) return rv;
    for (ulong i = 0; i < *count; i++) if (offered(mechanisms[i])) mechanisms[kept++] = mechanisms[i];
    *count = kept;
    return OK;
}

static ulong open_session(ulong slot, ulong flags, void *application, void *notify, ulong *session) {
    INSIDE;
    if ((flags & RW_SESSION) && told("no_write", 0)) return TOKEN_WRITE_PROTECTED;
    return REAL(OPEN_SESSION, slot, flags, application, notify, session);
}

static ulong login(ulong session, ulong user, byte *pin, ulong length) {
    INSIDE;
    char typed[64];
    if (!pin && told("protected", typed)) { pin = (byte *)typed; length = strlen(typed); }
    if (user == CONTEXT_SPECIFIC) {
        note("context", -1);
        if (length != length_of_login || memcmp(pin, pin_of_login, length)) return PIN_INCORRECT;
        context_open = 1;
        return OK;
    }
    note("login", -1);
    if (told("login", 0)) return number_in("login");
    if (told_once("already")) return USER_ALREADY_LOGGED_IN;
    if (!pin) return ARGUMENTS_BAD;
    ulong rv = REAL(LOGIN, session, user, pin, length);
    logged_in = rv == OK;
    if (rv == OK && length <= sizeof pin_of_login) memcpy(pin_of_login, pin, length_of_login = length);
    return rv;
}

static ulong logout(ulong session) {
    INSIDE;
    note("logout", -1);
    if (told("no_logout", 0)) return GENERAL_ERROR;
    logged_in = 0;
    memset(pin_of_login, 0, sizeof pin_of_login);
    return told("sticky", 0) ? OK : REAL(LOGOUT, session);
}

static ulong close_session(ulong session) {
    INSIDE;
    return told("sticky", 0) ? OK : REAL(CLOSE_SESSION, session);
}

static ulong close_all_sessions(ulong slot) {
    INSIDE;
    return told("sticky", 0) ? OK : REAL(CLOSE_ALL_SESSIONS, slot);
}

static ulong get_attribute_value(ulong session, ulong object, attribute *wanted, ulong count) {
    INSIDE;
    for (ulong i = 0; i < count; i++) {
        if (wanted[i].type == ID && told("no_id", 0)) { wanted[i].length = (ulong)-1; return ATTRIBUTE_TYPE_INVALID; }
        if (!wanted[i].value && told("zero_attributes", 0)) { wanted[i].length = 0; return OK; }
        if (wanted[i].value && wanted[i].type == ALWAYS_AUTHENTICATE && told("always", 0)) {
            *(byte *)wanted[i].value = 1;
            wanted[i].length = 1;
            return OK;
        }
    }
    return REAL(GET_ATTRIBUTE_VALUE, session, object, wanted, count);
}

static ulong find_objects_init(ulong session, attribute *wanted, ulong count) {
    INSIDE;
    looks_for_certificates = 0;
    for (ulong i = 0; i < count; i++)
        if (wanted[i].type == CLASS && *(ulong *)wanted[i].value == CERTIFICATE) looks_for_certificates = 1;
    if (looks_for_certificates && !logged_in) hang_while("shy");
    return REAL(FIND_OBJECTS_INIT, session, wanted, count);
}

static ulong find_objects(ulong session, ulong *objects, ulong most, ulong *count) {
    INSIDE;
    ulong rv = REAL(FIND_OBJECTS, session, objects, most, count);
    if (rv == OK && !logged_in && told(looks_for_certificates ? "private" : "no_keys", 0)) *count = 0;
    return rv;
}

static ulong sign_init(ulong session, ulong *mechanism, ulong key) {
    INSIDE;
    context_open = 0;
    if (!offered(*mechanism)) return MECHANISM_INVALID;
    return REAL(SIGN_INIT, session, mechanism, key);
}

static ulong sign(ulong session, byte *data, ulong length, byte *value, ulong *size) {
    INSIDE;
    long started = now(), left;
    if (!value && told("zero_sign", 0)) { *size = 0; return OK; }
    if (told("pull_after", 0) && made >= number_in("pull_after")) {
        unlink(named("pull_after"));
        fclose(fopen(named("removed"), "w"));
    }
    if (told("removed", 0)) return DEVICE_REMOVED;
    if (!value) return REAL(SIGN, session, data, length, value, size);
    if (told("crash", 0)) abort();
    if (told("always", 0) && !context_open) return USER_NOT_LOGGED_IN;
    note("sign", (long)length);
    if (told("noisy", 0)) { printf("{\"done\": 99}\n"); fflush(stdout); fprintf(stderr, "signing\n"); }
    if (told_once("failed_once")) return FUNCTION_FAILED;
    if (told_once("lost")) { REAL(LOGOUT, session); logged_in = 0; return USER_NOT_LOGGED_IN; }
    ulong rv = REAL(SIGN, session, data, length, value, size);
    left = 1000L * (long)number_in("slow") - (now() - started);
    if (left > 0) usleep((unsigned)left);
    if (rv != OK) return rv;
    made++;
    if (told("flip", 0)) value[0] ^= 1;
    if (told("empty", 0)) *size = 0;
    if (told("short", 0)) *size = 5;
    return OK;
}

ulong C_GetFunctionList(list **answer) {
    if (!real) {
        void *library = dlopen(getenv("SHIM_TARGET"), RTLD_NOW | RTLD_LOCAL);
        if (!library) return 5;
        ulong (*get)(list **) = (ulong (*)(list **))dlsym(library, "C_GetFunctionList");
        if (!get || get(&real) != OK) return 5;
        ours = *real;
        ours.call[INITIALIZE] = (void *)initialize;
        ours.call[FINALIZE] = (void *)finalize;
        ours.call[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
        ours.call[GET_SLOT_LIST] = (void *)slot_list;
        ours.call[GET_TOKEN_INFO] = (void *)token_info;
        ours.call[GET_MECHANISM_LIST] = (void *)mechanism_list;
        ours.call[OPEN_SESSION] = (void *)open_session;
        ours.call[CLOSE_SESSION] = (void *)close_session;
        ours.call[CLOSE_ALL_SESSIONS] = (void *)close_all_sessions;
        ours.call[LOGIN] = (void *)login;
        ours.call[LOGOUT] = (void *)logout;
        ours.call[GET_ATTRIBUTE_VALUE] = (void *)get_attribute_value;
        ours.call[FIND_OBJECTS_INIT] = (void *)find_objects_init;
        ours.call[FIND_OBJECTS] = (void *)find_objects;
        ours.call[SIGN_INIT] = (void *)sign_init;
        ours.call[SIGN] = (void *)sign;
        printf("a driver that prints\n"); /* and must disturb nobody */
        fflush(stdout);
        fprintf(stderr, "and complains\n");
    }
    *answer = &ours;
    return OK;
}
