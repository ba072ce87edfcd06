namespace FineWebTorch.Fuzz.Engine;

/// <summary>What reads what strangers write. One instance runs all inputs of a process, one at a time.</summary>
internal abstract class FuzzTarget : IDisposable
{
    private readonly Lazy<Workshop> _workshop = new(() => new Workshop());

    /// <summary>Bytes of the longest input.</summary>
    public virtual int MaxLength => 64 << 10;

    /// <summary>Inputs to begin with, beside those of the folder.</summary>
    public virtual IEnumerable<byte[]> Seeds => [];

    /// <summary>A folder of the repository whose files serve too; null for none.</summary>
    public virtual string? BorrowedSeeds => null;

    /// <summary>What an input of so many bytes may have allocated, on all threads together.</summary>
    public virtual long AllowedBytes(int length) => (8L << 20) + (200L * length);

    /// <summary>For files of the target's own.</summary>
    protected Workshop Workshop => _workshop.Value;

    /// <summary>Takes the input. What it throws is a finding, unless it is a refusal.</summary>
    public abstract void Run(byte[] input);

    /// <summary>Whether this is how a bad input is to be refused.</summary>
    public abstract bool IsRefusal(Exception exception);

    /// <summary>Another input that is much like the first; <paramref name="other"/> may lend a part.</summary>
    public abstract byte[] Mutate(byte[] input, byte[] other, Random random);

    public void Dispose()
    {
        if (_workshop.IsValueCreated)
            _workshop.Value.Dispose();
    }
}

/// <summary>What a target has done is not what it promises, though nothing was thrown.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);
