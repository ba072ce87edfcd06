using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Cuts a file into windows by row number, whatever chunks its source delivers, and tokenizes them.</summary>
/// <param name="emit">
/// Takes a full window over, and gives it back to the pool when done; waits while there are enough.
/// </param>
internal sealed class WindowReader(
    ChunkEncoder encoder, WindowPool pool, Action<ScoreTask, WindowBuffer, CancellationToken> emit)
{
    /// <summary>Reads every window of the task that is not complete, until its end or until it is stopped.</summary>
    public void Read(ScoreTask task, CancellationToken cancellation)
    {
        var window = task.FirstWindow;
        while (Begins(task, window))
        {
            if (task.Stored.IsComplete(window))
            {
                window++;
                continue;
            }

            using var source = task.Open((long)window * task.WindowRows);
            // Up to the next complete window the source stays open.
            var cursor = new ChunkCursor(source);
            while (!task.Drops(window) && !task.Stored.IsComplete(window))
            {
                if (!ReadWindow(task, window, cursor, cancellation))
                    return;
                window++;
            }
        }
    }

    private static bool Begins(ScoreTask task, int window) =>
        !task.Drops(window) && (long)window * task.WindowRows < EndOf(task);

    private static long EndOf(ScoreTask task) => Math.Min(task.EndRow ?? long.MaxValue, task.RowLimit);

    /// <returns>False where there is nothing more to read.</returns>
    private bool ReadWindow(ScoreTask task, int index, ChunkCursor cursor, CancellationToken cancellation)
    {
        // A multiple of the window's rows, unless a source has ended one early.
        var firstRow = cursor.Row;
        var rows = (int)Math.Min(task.WindowRows, EndOf(task) - firstRow);
        if (rows <= 0)
            return false;
        task.ReadingWindow = index;
        var window = pool.Rent(cancellation);
        var owned = true;
        try
        {
            window.Begin(index, firstRow);
            Fill(window, rows, task, cursor, cancellation);
            if (window.Rows == 0)
                return false;
            task.DemandUnchanged();
            window.Plan = BatchPlan.Create(window.TokenCounts, task.TokenBudget);
            var goesOn = window.Rows == rows || cursor.Source.EndsWindow;
            emit(task, window, cancellation);
            owned = false;
            return goesOn;
        }
        finally
        {
            if (owned)
                pool.Return(window);
        }
    }

    private void Fill(
        WindowBuffer window, int rows, ScoreTask task, ChunkCursor cursor, CancellationToken cancellation)
    {
        while (window.Rows < rows && !(window.Rows > 0 && cursor.MustPause) && cursor.Advance(cancellation))
        {
            var count = Math.Min(cursor.Left, rows - window.Rows);
            encoder.Append(cursor.Source, cursor.Position, count, window, task.KeepDocuments, task.Probe);
            cursor.Take(count);
            task.Progressed();
        }

        if (window.Rows < rows && task.EndRow is not null)
            throw new InvalidDataException(
                $"the file ends at row {window.FirstRow + window.Rows}, before row {task.EndRow}");
    }
}

/// <summary>A place in a source's current chunk.</summary>
internal sealed class ChunkCursor(IDocumentSource source)
{
    public IDocumentSource Source => source;

    /// <summary>Index of the next document within the chunk.</summary>
    public int Position { get; private set; } = source.Count;

    /// <summary>Row number of the next document.</summary>
    public long Row => source.FirstRow + Position;

    /// <summary>The chunk has been taken, and the next one may have to be waited for.</summary>
    public bool MustPause => Left == 0 && source.EndsWindow;

    /// <summary>Documents of the chunk that have not been taken.</summary>
    public int Left => source.Count - Position;

    /// <summary>Makes sure that there is a document left, reading on where necessary; false at the end.</summary>
    public bool Advance(CancellationToken cancellation)
    {
        while (Left == 0)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!source.Read(cancellation))
                return false;
            Position = 0;
        }

        return true;
    }

    public void Take(int count) => Position += count;
}
