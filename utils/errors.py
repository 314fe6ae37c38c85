"""The course's own error: one sentence that says what is wrong, one that says what to do."""

__all__ = ["CourseError"]


class CourseError(Exception):
    """Something a person can put right: bad input, missing data, a full disk.

    problem: what is wrong and where, as one sentence.
    remedy: what to do about it, as one sentence; may be empty.
    arguments: the names of the arguments that the sentences speak of. There they stand in
        backticks, such as `runs`; at the command line each becomes its flag.
    """

    def __init__(self, problem: str, remedy: str = "", arguments: tuple[str, ...] = ()) -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy
        self.arguments = arguments
