"""Matplotlib's backend in a page that runs: `plt.show()` shows the open figures in the page."""

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block=None):
        from tlb_session import show_figures

        show_figures()


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManager
