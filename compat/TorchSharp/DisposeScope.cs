namespace TorchSharp;

/// <summary>
/// Disposes, when it is disposed itself, all that was made on its thread since it began, save what was moved out.
/// It belongs to the thread that made it: never await inside one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private readonly int _thread;
    private readonly HashSet<IDisposable> _disposables = new(ReferenceEqualityComparer.Instance);
    private bool _disposed;

    internal DisposeScope(DisposeScope? outer, int thread)
    {
        OuterScope = outer;
        _thread = thread;
    }

    public int DisposablesCount => Disposables.Count;

    public IReadOnlyList<IDisposable> DisposablesView => [.. Disposables];

    internal DisposeScope? OuterScope { get; set; }

    private HashSet<IDisposable> Disposables
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _disposables;
        }
    }

    /// <summary>Gives it to the scope around this one; there is none: to nobody.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    public void MoveToOuter(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            MoveToOther(OuterScope, disposable);
    }

    /// <summary>Gives what this scope holds to another scope, or to nobody. What it does not hold stays.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (Disposables.Remove(disposable))
        {
            if (disposable is torch.Tensor tensor)
                tensor.OwningDisposeScope = null;
            scope?.Add(disposable);
        }
        return disposable;
    }

    /// <summary>From now on it is the caller's to dispose.</summary>
    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);

    public void Detach(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            MoveToOther(null, disposable);
    }

    /// <summary>Takes what is nobody's, or another scope's.</summary>
    public void Attach(IDisposable disposable)
    {
        if (disposable is torch.Tensor { OwningDisposeScope: { } owner } tensor)
            owner.Detach(tensor);
        Add(disposable);
    }

    public void Attach(params IDisposable[] disposables)
    {
        foreach (var disposable in disposables)
            Attach(disposable);
    }

    public bool Contains(IDisposable disposable) => Disposables.Contains(disposable);

    public void DisposeEverything() => DisposeEverythingBut();

    public void DisposeEverythingBut(params IDisposable[] keep)
    {
        foreach (var disposable in Disposables.Except(keep, ReferenceEqualityComparer.Instance).ToArray())
        {
            // Taken out first, so that disposing it need not look for it here.
            MoveToOther(null, (IDisposable)disposable!);
            ((IDisposable)disposable!).Dispose();
        }
    }

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    /// <exception cref="InvalidOperationException">This is another thread than the one that made it.</exception>
    public void Dispose()
    {
        if (_disposed)
            return;
        if (_thread != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("A dispose scope must be disposed on the thread that made it.");
        DisposeEverything();
        _disposed = true;
        DisposeScopeManager.Remove(this);
    }

    /// <summary>Says that something this scope holds was disposed otherwise.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        _disposables.Remove(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = null;
    }

    internal void Add(IDisposable disposable)
    {
        Disposables.Add(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = this;
    }
}
