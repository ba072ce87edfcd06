namespace FineWebTorch.Model.Tokenization;

internal ref partial struct TextEncoder
{
    private const int ChunkLength = 4096;

    private void EmitAll(ReadOnlySpan<int> ids)
    {
        foreach (var id in ids)
            Emit(id);
    }

    /// <summary>Writes an id, or nothing where there is no room.</summary>
    private void Emit(int id)
    {
        if (_full)
            return;
        _ids[_count++] = id;
        if (_count == _ids.Length)
            Refill();
    }

    private void Refill()
    {
        if (_writer is null || _written + _count == _limit)
        {
            _full = true;
            return;
        }
        if (_count > 0)
            _writer.Advance(_count);
        _written += _count;
        _count = 0;
        var chunk = _writer.GetSpan(ChunkLength);
        _ids = chunk[..Math.Min(chunk.Length, _limit - _written)];
    }
}
