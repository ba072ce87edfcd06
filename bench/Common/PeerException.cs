namespace FineWebTorch.Bench;

/// <summary>A peer could not do what it was asked for. The message is one complete line.</summary>
public sealed class PeerException : IOException
{
    public PeerException()
    {
    }

    public PeerException(string message) : base(message)
    {
    }

    public PeerException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
