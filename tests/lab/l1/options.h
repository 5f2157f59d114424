/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line.
 */
#ifndef PVB_L1_OPTIONS_H
#define PVB_L1_OPTIONS_H

/**
 * parse_options - sets all options, and the guests that are to be started
 * @argc: of main()
 * @argv: of main(); texts in it are cut, and used for as long as vmctl runs
 *
 * Ends vmctl when the options are wrong, or ask for help.
 */
void parse_options(int argc, char **argv);

#endif
