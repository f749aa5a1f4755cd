import { data } from "./lists/data";
import { network } from "./lists/network";
import { requests } from "./lists/requests";
import { settings } from "./lists/settings";
import { stack } from "./lists/stack";
import { tasks } from "./lists/tasks";
import { watching } from "./lists/watching";
import { mutationsIn } from "./mutation";

/** All that are written down. */
export const mutations = [network, data, requests, tasks, watching, settings, stack].flatMap(mutationsIn);
