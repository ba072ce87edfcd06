using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using FineWebTorch.Common;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Limits;

/// <summary>
/// The messages of one call, before they are whole. gRPC gathers a message in memory until its last byte is there, so the
/// size that its first five bytes announce is looked at, and room is taken for it, before more is read; and it is given a
/// time in which to come. (HTTP/2's own windows bound only what has come and nobody has looked at.)
/// </summary>
internal sealed class MeteredBody : PipeReader, IDisposable
{
    /// <summary>A flag, and the length in big-endian.</summary>
    private const int PrefixBytes = 5;

    private readonly PipeReader _inner;
    private readonly PeerConnection _peer;
    private readonly PeerLimits _limits;

    /// <summary>There need be no message for a while, once the first has come.</summary>
    private readonly bool _mayPause;

    private readonly ITimer _deadline;
    private readonly Lock _ending = new();
    private bool _hasEnded;

    private ReadOnlySequence<byte> _seen;

    /// <summary>Of the message that is coming, its prefix included; 0 as long as that is not there.</summary>
    private long _size;

    private IDisposable? _room;
    private bool _isFirst = true;
    private bool _isTimed;
    private volatile bool _isLate;

    public MeteredBody(PipeReader inner, PeerConnection peer, PeerLimits limits, TimeProvider time, bool mayPause)
    {
        (_inner, _peer, _limits, _mayPause) = (inner, peer, limits, mayPause);
        _deadline = time.CreateTimer(_ => EndRead(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (!_inner.TryRead(out var result))
        {
            if (_isFirst || !_mayPause || _seen.Length > 0)
                StartClock();
            result = await _inner.ReadAsync(cancellationToken);
        }

        if (_isLate)
            throw Refuse(result, new RpcException(new Status(
                StatusCode.DeadlineExceeded, $"no whole message came within {Durations.Describe(Patience)}")));
        _seen = result.Buffer;
        if (_size == 0 && _seen.Length >= PrefixBytes)
            await BeginAsync(result, cancellationToken);
        if (_size > 0 && _seen.Length >= _size)
            StopClock();
        return result;
    }

    /// <summary>There is something to be had from <see cref="ReadAsync"/> alone.</summary>
    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var rest = _seen.Slice(consumed);
        if (rest.Length < _seen.Length)
        {
            _room?.Dispose();
            (_room, _size, _isFirst) = (null, 0, false);
        }

        _seen = rest;
        _inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    /// <summary>To be called when the call has ended.</summary>
    public void Dispose()
    {
        // The web server uses the reader again for another call.
        lock (_ending)
            _hasEnded = true;
        _deadline.Dispose();
        _room?.Dispose();
    }

    private TimeSpan Patience => _isFirst ? _limits.FirstMessageTime : _limits.MessageTime;

    private async ValueTask BeginAsync(ReadResult result, CancellationToken cancellationToken)
    {
        var size = PrefixBytes + SizeIn(_seen);
        if (size > PrefixBytes + (long)_peer.MostOfMessage)
            throw Refuse(result, TooMuch.Of(
                $"a message of {NumberText.Size(size)} is announced; no more than {NumberText.Size(_peer.MostOfMessage)} " +
                (_peer.IsGuest ? "are taken before a session has begun" : "are taken"), pause: null));
        try
        {
            _room = await _peer.TakeRoomAsync(size, cancellationToken);
        }
        catch (RpcException noRoom)
        {
            throw Refuse(result, noRoom);
        }

        _size = size;
        // The time that it waited for room was not its own.
        StopClock();
        if (_seen.Length < size)
            StartClock();
    }

    private static uint SizeIn(ReadOnlySequence<byte> message)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        message.Slice(0, PrefixBytes).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }

    private RpcException Refuse(ReadResult result, RpcException reason)
    {
        _inner.AdvanceTo(result.Buffer.End);
        return reason;
    }

    private void StartClock()
    {
        if (_isTimed)
            return;
        _isTimed = true;
        _deadline.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void StopClock()
    {
        _isTimed = false;
        _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void EndRead()
    {
        lock (_ending)
        {
            if (_hasEnded)
                return;
            _isLate = true;
            try
            {
                _inner.CancelPendingRead();
            }
            catch (Exception ended) when (ended is IOException or InvalidOperationException or OperationCanceledException)
            {
                // So has the connection: who reads hears of it.
            }
        }
    }
}
