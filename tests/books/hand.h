/* hand: the clock that is moved by hand, and the lots that are always the same. They stand in place of the
 * program's own (the linker's --wrap). */
#ifndef TESTS_BOOKS_HAND_H
#define TESTS_BOOKS_HAND_H

#include <stdint.h>

int64_t hand_us(void); /* since the run's start */
void hand_move(int64_t us);

#endif
