import resource

from matrix_resolve._util.file_descriptors import descriptor_limit


def test_the_limit_of_descriptors_is_that_of_the_process() -> None:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert descriptor_limit() == (None if soft == resource.RLIM_INFINITY else soft)
