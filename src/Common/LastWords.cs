namespace FineWebTorch.Common;

/// <summary>
/// Says what a program ends with. Whoever reads may have stopped (Ctrl-S, a pipe that nobody reads): the program ends all
/// the same, and with its own exit code.
/// </summary>
public static class LastWords
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task SayAsync(TextWriter writer, string line)
    {
        // Writing waits even where it is called asynchronous.
        var writing = Task.Factory.StartNew(
            () => writer.WriteLine(line), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await writing.WaitAsync(Patience);
        }
        catch (Exception unheard) when (unheard is TimeoutException or IOException)
        {
            _ = unheard;
        }
    }
}
