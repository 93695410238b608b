"""The backends, each imported at first use by `drandlab.curves.door`: blst, py_ecc (one module a curve) and glass."""
