r"""kubectl's dialect of JSONPath: templates such as `{range .items[*]}{.metadata.name}{"\n"}{end}`.

No library of Python knows it. What is there: fields, `[0]`, `[-1]`, `[0:2]`, `[*]`, `..`, lists of these, filters with
one comparison, `range` ... `end`, and quoted text. Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/ and
staging/src/k8s.io/client-go/util/jsonpath
"""
