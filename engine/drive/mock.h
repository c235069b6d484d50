/* mock: which of a mock's answers an effect gets. */
#ifndef DRIVE_MOCK_H
#define DRIVE_MOCK_H

#include "model/scenario.h"

/* The next answer, if it is one for these arguments, and `uses` counted on; else NULL. A list is in order of
 * attempts. */
const struct answer *mock_take(const struct mock *mock, size_t *uses, const json_t *args);

#endif
