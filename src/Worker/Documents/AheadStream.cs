using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace FineWebTorch.Worker.Documents;

/// <summary>
/// Reads a pipe ahead on a thread of its own, so that the reader can tell whether there is something to read now or a
/// sender to wait for.
/// </summary>
internal sealed class AheadStream : ReadOnlyStream
{
    private const int BlockBytes = 1 << 16;
    private const int MostBlocks = 256;

    private readonly BlockingCollection<Block> _blocks = new(MostBlocks);
    private readonly CancellationTokenSource _end = new();
    private ReadOnlyMemory<byte> _current;
    private bool _ended;

    /// <param name="open">Called on the thread: telling packed data from plain may already have to wait.</param>
    public AheadStream(Func<Stream> open)
    {
        var thread = new Thread(() => Pump(open)) { IsBackground = true, Name = "standard input" };
        thread.Start();
    }

    /// <summary>Whether <see cref="Read"/> would return at once.</summary>
    public bool IsReady => !_current.IsEmpty || _ended || _blocks.Count > 0;

    public override int Read(Span<byte> buffer)
    {
        if (_ended)
            return 0;
        if (_current.IsEmpty)
        {
            var block = _blocks.Take();
            block.Failure?.Throw();
            _current = block.Bytes;
            _ended = _current.IsEmpty;
        }

        var count = Math.Min(buffer.Length, _current.Length);
        _current.Span[..count].CopyTo(buffer);
        _current = _current[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        // The thread may be waiting for the sender: it keeps the collection, and ends when something comes.
        if (disposing)
            _end.Cancel();
        base.Dispose(disposing);
    }

    private void Pump(Func<Stream> open)
    {
        try
        {
            using var stream = open();
            var buffer = new byte[BlockBytes];
            int count;
            do
            {
                count = stream.Read(buffer);
                _blocks.Add(new Block(buffer.AsSpan(0, count).ToArray(), null), _end.Token);
            }
            while (count > 0);
        }
        catch (OperationCanceledException)
        {
            // Nobody reads any more.
        }
#pragma warning disable CA1031 // It is thrown again where it is read
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _blocks.TryAdd(new Block([], ExceptionDispatchInfo.Capture(failure)), Timeout.Infinite);
        }
    }

    /// <param name="Bytes">Empty at the end.</param>
    private readonly record struct Block(byte[] Bytes, ExceptionDispatchInfo? Failure);
}
