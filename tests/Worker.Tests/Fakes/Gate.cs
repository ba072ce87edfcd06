namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>A place where a thread of the worker stands until the test lets it go on.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _reached = new();
    private readonly ManualResetEventSlim _open = new();

    /// <summary>Called by the worker's thread.</summary>
    public void Pass()
    {
        _reached.Set();
        _open.Wait(TestContext.Current.CancellationToken);
    }

    /// <summary>Until a thread of the worker stands there.</summary>
    public void WaitUntilReached() => SessionBench.WaitFor(_reached);

    public void Open() => _open.Set();

    public void Dispose()
    {
        _reached.Dispose();
        _open.Dispose();
    }
}
