namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>fineweb_type of native/api.h.</summary>
internal enum NumberType
{
    Float32,
    Float16,
    BFloat16,
}

/// <summary>fineweb_norm of native/api.h.</summary>
internal unsafe struct NormArguments
{
    public float* Weight;
    public float* Bias;
    public float Epsilon;
}

/// <summary>fineweb_embeddings of native/api.h.</summary>
internal unsafe struct EmbeddingArguments
{
    public float* Words;
    public float* Positions;
    public long Width;
    public NormArguments Norm;
}

/// <summary>fineweb_attention of native/api.h.</summary>
internal unsafe struct AttentionArguments
{
    public float* Queries;
    public long QueryStride;
    public float* Keys;
    public float* Values;
    public long KeyValueStride;
    public long Heads;
    public long HeadSize;
    public int FirstOnly;
    public float* Output;
    public long OutputStride;
}

/// <summary>fineweb_layer of native/api.h.</summary>
internal struct LayerArguments
{
    public nint Output;
    public nint Intermediate;
    public nint Down;
    public NormArguments AttentionNorm;
    public NormArguments OutputNorm;
}
