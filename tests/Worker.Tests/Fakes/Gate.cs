namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// A place where a thread of the worker stands until the test lets it go on, or has ended: a test that fails leaves
/// nobody behind who would be waited for.
/// </summary>
internal sealed class Gate : IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called by the worker's thread.</summary>
    public void Pass()
    {
        _reached.TrySetResult();
        _open.Task.Wait(TestContext.Current.CancellationToken);
    }

    /// <summary>Until a thread of the worker stands there.</summary>
    public void WaitUntilReached() => Assert.True(
        _reached.Task.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken),
        "the worker did not get there");

    public void Open() => _open.TrySetResult();

    public void Dispose() => Open();
}
