#include "hand.h"
#include "actor.h"
#include "stage.h"

#include <string.h>
#include <unistd.h>

#ifndef ACTOR_PROGRAM
#error "ACTOR_PROGRAM is the path of the actor"
#endif

/* A clock by which no timer of the kernel will ever be due of itself. */
static const int64_t mono_start_us = (int64_t)50 * 365 * 86400 * 1000000;

/* Those that are replaced have no context. */
static int64_t now_us;

int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_wall_us(void);
void __wrap_random_base32(char *ret, size_t len);
uint64_t __wrap_random_u53(void);
int __real_execve(const char *path, char *const argv[], char *const env[]);
int __wrap_execve(const char *path, char *const argv[], char *const env[]);

int64_t hand_us(void)
{
    return now_us;
}

void hand_move(int64_t us)
{
    now_us = us;
}

int64_t __wrap_clock_mono_us(void)
{
    return mono_start_us + now_us;
}

int64_t __wrap_clock_wall_us(void)
{
    return (int64_t)STAGE_WALL_START * 1000000 + now_us;
}

void __wrap_random_base32(char *ret, size_t len)
{
    const char *drawn = len == strlen(STAGE_RUN_ID) ? STAGE_RUN_ID : STAGE_NONCE;

    for (size_t i = 0; i < len; i++)
        ret[i] = drawn[i % strlen(drawn)];
    ret[len] = '\0';
}

uint64_t __wrap_random_u53(void)
{
    return STAGE_SEED;
}

/* Scripts go to /bin/sh whatever PATH says. */
int __wrap_execve(const char *path, char *const argv[], char *const env[])
{
    return __real_execve(strcmp(path, "/bin/sh") == 0 ? ACTOR_PROGRAM : path, argv, env);
}
