namespace TorchSharp;

/// <summary>The innermost dispose scope of each thread.</summary>
internal static class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScope? s_current;

    public static DisposeScope NewScope() =>
        s_current = new DisposeScope(s_current, Environment.CurrentManagedThreadId);

    /// <summary>Hands a new tensor to this thread's scope, if it has one.</summary>
    public static void Register(torch.Tensor tensor) => s_current?.Add(tensor);

    /// <summary>Scopes inside one that ends before them go on, with what is around it as their outer scope.</summary>
    public static void Remove(DisposeScope scope)
    {
        if (s_current == scope)
        {
            s_current = scope.OuterScope;
            return;
        }
        for (var inner = s_current; inner is not null; inner = inner.OuterScope)
        {
            if (inner.OuterScope == scope)
                inner.OuterScope = scope.OuterScope;
        }
    }
}
