from tests.faces.conftest import command_line, made_once, pictures

__all__ = ["command_line", "made_once", "pictures"]
