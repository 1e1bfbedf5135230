"""Scripts that try what a script must not: each prints ``ESCAPED`` where it succeeds.

``needs`` names the walls that hold it: with one of them missing it escapes, which shows that the suite can fail.
"""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass
from typing import Literal

#: a file that must outlive every attack; each run of the tests has its own
CANARY = f"/tmp/kineograph-canary-{os.getpid()}"

Wall = Literal["landlock", "seccomp", "limits"]


@dataclass(frozen=True)
class Attack:
    """A hostile script."""

    name: str
    code: str
    needs: tuple[Wall, ...] = ()  #: without it, it gets through; empty: several hold it


def tries(attempt: str, setup: str = "") -> str:
    """A script that does ``attempt`` and tells whether it was let."""
    return (
        textwrap.dedent(setup)
        + "\ntry:\n"
        + textwrap.indent(textwrap.dedent(attempt).strip(), "    ")
        + "\nexcept (OSError, ValueError, RuntimeError, ImportError, MemoryError) as e:\n    print('held', e)\n"
        + "else:\n    print('ESCAPED')\n"
    )


LIBC = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
"""

ATTACKS = [
    # ---------------------------------------------------------------------------------------- files
    Attack("read-passwd", tries("open('/etc/passwd').read(1)"), ("landlock",)),
    Attack("list-root", tries("import os; os.listdir('/')"), ("landlock",)),
    Attack("read-servers-secrets", tries("import os; open(f'/proc/{os.getppid()}/environ', 'rb').read(1)")),
    Attack("read-own-memory-map", tries("open('/proc/self/maps').read(1)"), ("landlock",)),
    Attack("list-processes", tries("import os; os.listdir('/proc')"), ("landlock",)),
    Attack("read-by-numpy", tries("import numpy as np; np.fromfile('/etc/hostname', dtype='u1')"), ("landlock",)),
    Attack("map-a-file", tries("import numpy as np; np.memmap('/etc/passwd', mode='r')"), ("landlock",)),
    Attack("read-through-proc-root", tries("open('/proc/self/root/etc/passwd').read(1)"), ("landlock",)),
    Attack("write-tmp", tries("open('/tmp/kineograph-escape', 'w').write('x')")),
    Attack("write-dev-shm", tries("open('/dev/shm/kineograph-escape', 'w').write('x')")),
    Attack("make-folder", tries("import os; os.mkdir('/tmp/kineograph-escape-folder')")),
    Attack("make-link", tries("import os; os.symlink('/etc/passwd', '/tmp/kineograph-escape-link')")),
    Attack("delete", tries(f"import os; os.unlink('{CANARY}')")),
    Attack("rename", tries(f"import os; os.rename('{CANARY}', '{CANARY}-moved')")),
    Attack("chmod", tries(f"import os; os.chmod('{CANARY}', 0o777)"), ("seccomp",)),
    Attack("change-root", tries("import os; os.chroot('/tmp')")),
    Attack("fill-the-disk", tries("""
        import tempfile
        with tempfile.TemporaryFile() as file:
            while True: file.write(b'x' * (1 << 20))
    """)),
    # ---------------------------------------------------------------------------------------- processes
    Attack("fork", tries("import os\nif os.fork() == 0: os._exit(0)"), ("seccomp",)),
    Attack("fork-bomb", tries("import os\nfor _ in range(100):\n    if os.fork() == 0: os._exit(0)"), ("seccomp",)),
    Attack("shell", tries("import subprocess; subprocess.run(['/bin/true'])")),
    Attack("system", tries("import os\nif os.system('true') != 0: raise OSError")),
    Attack("exec", tries("import os; os.execv('/bin/true', ['true'])")),
    Attack("spawn", tries("import os; os.posix_spawn('/bin/true', ['true'], {})")),
    Attack("vfork", tries("call(58)", LIBC)),
    Attack("namespaces", tries("call(272, 0x10000000)", LIBC)),
    Attack("clone-namespaces", tries("if call(56, 0x10000000 | 17, 0, 0, 0, 0) == 0: os._exit(0)", LIBC), ("seccomp",)),
    Attack("multiprocessing", tries("import multiprocessing as m; p = m.get_context('fork').Process(target=int); p.start(); p.join()"), ("seccomp",)),  # noqa: E501
    # ---------------------------------------------------------------------------------------- other processes
    Attack("signal-parent", tries("import os; os.kill(os.getppid(), 0)")),
    Attack("kill-everyone", tries("import os; os.kill(-1, 0)")),
    Attack("kill-group", tries("import os; os.killpg(0, 0)"), ("seccomp",)),
    Attack("pidfd", tries("import os; os.pidfd_open(os.getppid())"), ("seccomp",)),
    Attack("thread-kill", tries("call(234, os.getppid(), os.getppid(), 0)", LIBC)),
    Attack("queue-signal", tries("call(129, os.getpid(), 18, ctypes.create_string_buffer(128))", LIBC), ("seccomp",)),
    Attack("signal-by-fcntl", tries("""
        import fcntl, os
        r, w = os.pipe()
        fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())
    """), ("seccomp",)),
    Attack("ptrace", tries("call(101, 0, 0, 0, 0)", LIBC), ("seccomp",)),
    Attack("read-anothers-memory", tries("""
        here = ctypes.create_string_buffer(8)
        vector = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
        there = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
        call(310, os.getpid(), ctypes.byref(vector), 1, ctypes.byref(there), 1, 0)
    """, LIBC), ("seccomp",)),
    Attack("parents-limits", tries("import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (10, 10))")),
    Attack("parents-priority", tries("import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)")),
    # ---------------------------------------------------------------------------------------- network
    Attack("tcp", tries("import socket; socket.create_connection(('127.0.0.1', 9), 1)")),
    Attack("udp", tries("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"), ("seccomp",)),
    Attack("unix-socket", tries("import socket; socket.socket(socket.AF_UNIX)"), ("seccomp",)),
    Attack("socket-pair", tries("import socket; socket.socketpair()"), ("seccomp",)),
    Attack("netlink", tries("import socket; socket.socket(16, socket.SOCK_RAW)"), ("seccomp",)),
    Attack("listen", tries("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()")),
    Attack("resolve", tries("import socket; socket.getaddrinfo('example.com', 80)")),
    # ---------------------------------------------------------------------------------------- the kernel
    Attack("io-uring", tries("call(425, 4, ctypes.create_string_buffer(256))", LIBC)),
    Attack("bpf", tries("call(321, 0, ctypes.create_string_buffer(128), 128)", LIBC)),
    Attack("keys", tries("call(250, 0, -3, 1)", LIBC), ("seccomp",)),
    Attack("userfaultfd", tries("call(323, 1)", LIBC), ("seccomp",)),
    Attack("perf", tries("call(298, ctypes.create_string_buffer(128), 0, -1, -1, 0)", LIBC)),
    Attack("memory-file", tries("import os; os.memfd_create('x')"), ("seccomp",)),
    Attack("shared-memory", tries("call(29, 0, 4096, 0o1600)", LIBC), ("seccomp",)),
    Attack("message-queue", tries("call(68, 0, 0o1600)", LIBC), ("seccomp",)),
    Attack("mount", tries("libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0 or call(165, 0, 0, 0, 0, 0)", LIBC)),
    Attack("personality", tries("call(135, 0x0040000)", LIBC), ("seccomp",)),
    Attack("set-user", tries("import os; os.setuid(0); os.setgid(0)"), ("seccomp",)),
    Attack("host-name", tries("import socket; socket.sethostname('escaped')")),
    Attack("undo-filter", tries("call(157, 22, 0, 0, 0, 0)", LIBC)),
    Attack("terminal-input", tries("""
        import fcntl
        fcntl.ioctl(0, 0x5412, b'x')
    """)),
    Attack("every-other-call", LIBC + textwrap.dedent("""
        import platform
        # Whatever is not on the list: mounts, modules, clocks, swap, reboot, new mount and namespace calls, …
        refused = [153, 155, 161, 163, 164, 166, 167, 168, 169, 170, 172, 173, 175, 176, 179, 212, 246, 248, 256, 279,
                   303, 304, 305, 308, 311, 312, 313, 317, 320, 424, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438,
                   440, 442, 443, 444, 445, 446, 447, 448, 450, 451]
        for number in refused if platform.machine() == 'x86_64' else []:
            try:
                call(number, -1, -1, -1, -1, -1)
            except OSError as e:
                if e.errno not in (1, 38):
                    print('ESCAPED', number, e)
            else:
                print('ESCAPED', number)
    """), ("seccomp",)),
    # ---------------------------------------------------------------------------------------- limits
    Attack("lift-limits", tries("import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))")),
    Attack("core-dump", tries("import resource\nif resource.getrlimit(resource.RLIMIT_CORE)[1] == 0: raise OSError"), ("limits",)),
    Attack("many-files", tries("import os\nfor _ in range(500): os.dup(0)"), ("limits",)),
    Attack("much-memory", tries("import numpy as np; np.zeros(3 << 30, np.uint8)"), ("limits",)),
    Attack("many-threads", tries("""
        import threading
        stop = threading.Event()
        threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(2000)]
        try:
            for thread in threads: thread.start()
        finally:
            stop.set()
    """), ("limits",)),
    Attack("recursion", tries("def f(): return f()\nf()")),
    Attack("deep-c-recursion", "x = []\nfor _ in range(10**6): x = [x]\nrepr(x)"),
    Attack("stop-oneself", "import signal; signal.raise_signal(signal.SIGSTOP)\nprint('ESCAPED')"),
    Attack("ignore-signals", textwrap.dedent("""
        import signal
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
    """)),
    Attack("thread-outlives", "import threading, time\ndef f():\n    time.sleep(60)\n    print('ESCAPED')\nthreading.Thread(target=f).start()"),  # noqa: E501
    Attack("at-exit", "import atexit, time\natexit.register(time.sleep, 60)"),
    # ---------------------------------------------------------------------------------------- what was left around
    Attack("inherited-descriptors", textwrap.dedent("""
        import os, stat
        for fd in range(256):
            try: mode = os.fstat(fd).st_mode
            except OSError: continue
            if stat.S_ISSOCK(mode) or stat.S_ISREG(mode) or stat.S_ISDIR(mode): print('ESCAPED', fd, oct(mode))
    """)),
    Attack("secrets-in-the-environment", "import os\nif 'KINEOGRAPH_SECRET' in os.environ: print('ESCAPED')"),
    Attack("secrets-in-memory", textwrap.dedent("""
        import gc, sys
        for module in list(sys.modules):
            if module.split('.')[0] in ('fastapi', 'uvicorn', 'sqlite3', 'server'): print('ESCAPED', module)
    """)),
    Attack("poison-the-next-run", textwrap.dedent("""
        import builtins
        import numpy as np
        np.sum = np.zeros = builtins.len = lambda *a: 6
    """)),
    Attack("walk-to-system", tries("""
        for c in ().__class__.__base__.__subclasses__():
            if c.__name__ == '_wrap_close':
                if c.__init__.__globals__['system']('true') != 0: raise OSError
    """)),
    # ---------------------------------------------------------------------------------------- what is tried next
    Attack("memory-file-exec", tries("""
        fd = call(319, ctypes.c_char_p(b'x'), 0)
        os.write(fd, b'#!/bin/true'); os.execve(fd, ['x'], {})
    """, LIBC)),
    Attack("user-namespace-by-unshare", tries("if libc.unshare(0x10000000) != 0: raise OSError", LIBC)),
    Attack("clone3-process", tries("""
        arguments = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
        if call(435, ctypes.byref(arguments), 88) == 0: os._exit(0)
    """, LIBC), ("seccomp",)),
    Attack("trace-me", tries("if libc.ptrace(0, 0, 0, 0) != 0: raise OSError", LIBC), ("seccomp",)),
    Attack("attach-to-parent", tries("if libc.ptrace(16, os.getppid(), 0, 0) != 0: raise OSError", LIBC)),
    Attack("write-parents-memory", tries("open(f'/proc/{os.getppid()}/mem', 'r+b')", "import os")),
    Attack("parents-descriptors", tries("os.listdir(f'/proc/{os.getppid()}/fd')", "import os")),
    Attack("fetch-a-descriptor", tries("fd = call(434, os.getppid(), 0); call(438, fd, 0, 0)", LIBC)),
    Attack("pass-a-descriptor", tries("call(46, 3, ctypes.create_string_buffer(56), 0)", LIBC)),
    Attack("signal-parents-thread", tries("call(200, os.getppid(), 9)", LIBC)),
    Attack("queue-to-parent", tries("call(297, os.getppid(), os.getppid(), 9, ctypes.create_string_buffer(128))", LIBC)),
    Attack("orphan-signal", tries("import fcntl, os\nr, w = os.pipe()\nfcntl.fcntl(r, 10, 9)"), ("seccomp",)),
    Attack("steal-the-lease", tries("import fcntl\nfcntl.fcntl(0, 1024, 0)")),
    Attack("interval-timer", tries("import signal; signal.setitimer(signal.ITIMER_REAL, 0.01)"), ("seccomp",)),
    Attack("set-the-clock", tries("import time; time.clock_settime(time.CLOCK_REALTIME, 0.0)")),
    Attack("adjust-the-clock", tries("call(159, ctypes.create_string_buffer(bytes(208), 208))", LIBC)),
    Attack("pin-the-cpu", tries("import os; os.sched_setaffinity(0, os.sched_getaffinity(0))"), ("seccomp",)),
    Attack("real-time-priority", tries("import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))"), ("seccomp",)),
    Attack("die-with-nobody", tries("call(157, 1, 0, 0, 0, 0)", LIBC), ("seccomp",)),
    Attack("become-a-reaper", tries("call(157, 36, 1, 0, 0, 0)", LIBC), ("seccomp",)),
    Attack("be-dumpable", tries("call(157, 4, 1, 0, 0, 0)", LIBC), ("seccomp",)),
    Attack("new-session", tries("import os; os.setpgid(0, 0) or os.setsid()")),
    Attack("lock-memory", tries("call(149, ctypes.create_string_buffer(4096), 4096)", LIBC)),
    Attack("old-call-gate", tries("""
        import mmap
        code = mmap.mmap(-1, 4096, prot=7)
        code.write(bytes.fromhex('b814000000cd80c3'))  # int 0x80: getpid of the 32-bit interface
        ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
    """, LIBC), ("seccomp",)),
    Attack("x32-calls", tries("call(0x40000000 + 39)", LIBC)),
    Attack("map-much", tries("import mmap\nkept = [mmap.mmap(-1, 1 << 30) for _ in range(64)]"), ("limits",)),
    Attack("numpy-promises-much", tries("import numpy as np\nkept = [np.empty(1 << 30, 'u1') for _ in range(64)]"), ("limits",)),
    Attack("stack-overflow-in-regex", "import re\nre.compile('(' * 90000 + ')' * 90000)"),
    Attack("slow-regex", "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')\nprint('ESCAPED')"),
    Attack("stack-overflow-in-pickle", "import pickle\nx = []\nfor _ in range(10**5): x = [x]\npickle.dumps(x)"),
    Attack("stack-overflow-in-json", "import json\njson.loads('[' * 10**6)"),
    Attack("stack-overflow-in-numpy", "import numpy as np\nx = 1\nfor _ in range(10**5): x = [x]\nnp.array(x, dtype=object)"),
    Attack("no-recursion-limit", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()"),
    Attack("write-over-memory", "import ctypes\nctypes.memset(id(None), 255, 64)"),
    Attack("jump-anywhere", "import ctypes\nctypes.CFUNCTYPE(None)(0xdeadbeef)()"),
    Attack("finalizer-at-the-end", textwrap.dedent("""
        import time
        class Long:
            def __del__(self): time.sleep(60)
        kept = Long()
    """)),
    Attack("endless-at-exit", "import atexit\n@atexit.register\ndef f():\n    while True: pass"),
    Attack("at-exit-registers-at-exit", "import atexit\ndef f(): atexit.register(f)\natexit.register(f)"),
    Attack("raises-anew", "class E(Exception):\n    def __str__(self): raise self\nraise E()"),
    Attack("endless-message", "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()"),
    Attack("long-message", "raise ValueError('x' * (300 << 20))"),
    Attack("error-in-a-loop", "a = ValueError(); b = ValueError(); a.__cause__ = b; b.__cause__ = a\nraise a"),
    Attack("trace-hook", "import sys\nsys.settrace(lambda *a: 1 / 0); sys.setprofile(lambda *a: 1 / 0)\nprint(1)"),
    Attack("close-everything", "import os\nos.closerange(0, 64)\nprint('ESCAPED')"),
    Attack("replace-the-pipe", "import os\nr, w = os.pipe()\nfor fd in range(3, 20):\n    try: os.dup2(w, fd)\n    except OSError: pass\nprint('ESCAPED')"),  # noqa: E501
    Attack("replace-the-recorder", textwrap.dedent("""
        import gc
        for thing in gc.get_objects():
            if type(thing).__name__ in ('Recorder', 'Writer', 'PipeSink'):
                thing.__dict__.clear()
    """)),
    Attack("no-collector", "import gc\ngc.disable()\nwhile True:\n    a = []; a.append(a)"),
    Attack("hard-exit", "import os\nos._exit(0)"),
    Attack("exit-by-signal", "import signal\nsignal.raise_signal(signal.SIGKILL)"),
    Attack("trap-time-limit", textwrap.dedent("""
        import signal
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True: pass
    """)),
    Attack("null-pointer", "import ctypes; ctypes.string_at(0)"),
]  # fmt: skip
