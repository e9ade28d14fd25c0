/**
 * System calls that no browser needs and that reach into the kernel or other processes. Unlike the profiles that container
 * engines have of their own this one lets Chromium make the user namespaces that its sandbox is built on
 * (https://chromium.googlesource.com/chromium/src/+/main/docs/linux/sandboxing.md), for which a container would else
 * need the capability SYS_ADMIN.
 */
const refused = [
  ["acct", "quotactl", "reboot", "swapoff", "swapon", "syslog", "sysfs", "uselib", "ustat", "vhangup"],
  ["bpf", "perf_event_open", "process_vm_readv", "process_vm_writev", "ptrace", "userfaultfd", "kcmp"],
  ["add_key", "keyctl", "request_key"],
  ["create_module", "delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load"],
  ["clock_adjtime", "clock_settime", "settimeofday", "adjtimex", "stime"],
  ["fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree"],
  ["name_to_handle_at", "open_by_handle_at", "pivot_root", "umount", "umount2"],
  ["io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "modify_ldt"],
  ["mbind", "migrate_pages", "move_pages", "set_mempolicy", "setns", "lookup_dcookie", "nfsservctl"],
].flat();

/**
 * For Chromium's containers, in the words that all engines take: it holds for the node's own architecture, and a program of
 * another one is ended.
 */
export const chromiumSeccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: refused, action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
} as const;
