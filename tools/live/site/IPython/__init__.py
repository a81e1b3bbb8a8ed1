"""A stand-in for IPython in a page that runs: what tlbook and Matplotlib ask of it."""

version_info = (9, 0)


class Events:
    """Cells begin and end without events: tlb_session.py shows the figures."""

    def register(self, event, function):
        pass

    unregister = register


class Shell:
    """That there is one says that this is a notebook."""

    events = Events()


SHELL = Shell()


def get_ipython():
    return SHELL
